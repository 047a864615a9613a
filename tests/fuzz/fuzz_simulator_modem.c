/* The simulated modem: any bytes on its line.
 *
 *   1 byte    dialect (1 CGLA, 2 CSIM, else both) in the low two bits, then the
 *             options; 1 byte: more of them; the rest comes over the line */
#include "chip.h"
#include "input.h"
#include "simulator/modem.h"

enum { LINE_SMALL = 80 };

static struct modem_options options_of(unsigned bits)
{
    return (struct modem_options){
        .no_quotes = (bits & 0x04) != 0,
        .bare_id = (bits & 0x08) != 0,
        .long_id = (bits & 0x10) != 0,
        .unsolicited = (bits & 0x20) != 0,
        .auto_get_response = (bits & 0x40) != 0,
        .no_probe = (bits & 0x80) != 0,
        .silent_probe = (bits & 0x100) != 0,
        .max_line = (bits & 0x200) != 0 ? LINE_SMALL : 0,
    };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size);
    unsigned bits = fuzz_take_u8(&input);
    struct modem *modem = NULL;
    bits |= (unsigned)fuzz_take_u8(&input) << 8;
    struct modem_config config = {.card = fuzz_chip(), .options = options_of(bits)};
    config.dialect = (bits & 3) == 0 ? MODEM_BOTH : (enum modem_dialect)(bits & 3);
    fuzz_check(modem_new(&config, &modem) == ERR_OK);
    while (input.len > 0) {
        size_t used = modem_input(modem, input);
        fuzz_check(used > 0 && used <= input.len);
        fuzz_take(&input, used);
        fuzz_check(buf_err(&modem->out) == ERR_OK);
        buf_reset(&modem->out);
        modem_take_delay(modem);
    }
    modem_free(&modem);
    return 0;
}
