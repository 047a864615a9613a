/* Damaged recordings, played again through everything from the port to the ES10
 * functions. */
#include "conversation.h"
#include "input.h"
#include "link/recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct port *port = NULL;
    struct buf report;
    if (replay_open(bytes_make(data, size), REPLAY_LAX, &port) != ERR_OK) {
        fuzz_check(port == NULL);
        return 0;
    }
    buf_init(&report, CONVERSATION_REPORT_MAX);
    conversation_run(port, &report);
    fuzz_check(buf_err(&report) == ERR_OK && report.len > 0);
    for (size_t i = 0; i < report.len; i++) {
        uint8_t byte = report.data[i];
        fuzz_check((byte >= 0x20 || byte == '\n') && byte != 0x7F);
    }
    buf_clear(&report);
    return 0;
}
