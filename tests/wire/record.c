/* wire-record PORT NAME: records the conversation with a port to NAME.wire and
 * what came of it to NAME.txt. */
#include <stdio.h>

#include "base/file.h"
#include "conversation.h"
#include "link/recording.h"

enum { PATH_SIZE = 1024 };

static int complain(const char *what, const char *detail)
{
    fprintf(stderr, "wire-record: %s: %s\n", what, detail);
    return 1;
}

int main(int argc, char **argv)
{
    char wire[PATH_SIZE], text[PATH_SIZE], detail[PORT_DETAIL_SIZE];
    struct port *port;
    struct buf report;

    if (argc != 3) {
        return complain("usage", "wire-record PORT NAME");
    }
    snprintf(wire, sizeof(wire), "%s.wire", argv[2]);
    snprintf(text, sizeof(text), "%s.txt", argv[2]);
    if (port_open(argv[1], 0, &port, detail) != ERR_OK ||
        recording_open(port, wire, &port, detail) != ERR_OK) {
        return complain(argv[1], detail);
    }
    buf_init(&report, CONVERSATION_REPORT_MAX);
    conversation_run(port, &report);
    enum err err = file_replace(text, buf_bytes(&report), 0644);
    fwrite(report.data, 1, report.len, stdout);
    buf_clear(&report);
    return err == ERR_OK ? 0 : complain(text, err_name(err));
}
