#include "fuzz.h"

#include <string.h>

#include "base/hex.h"
#include "sgp22/id.h"

enum { TEXT_MAX = 64 };

static void check_texts(const char *text)
{
    struct eid eid;
    struct iccid iccid;
    char again[EID_TEXT_SIZE];
    uint8_t decoded[TEXT_MAX];
    size_t len;
    if (eid_parse(text, &eid) == ERR_OK) {
        fuzz_check(strcmp(eid_text(&eid, again), text) == 0);
    }
    if (iccid_parse(text, &iccid) == ERR_OK) {
        fuzz_check(strcmp(iccid_text(&iccid, again), text) == 0);
    }
    if (hex_decode(text, strlen(text), decoded, sizeof(decoded), &len) == ERR_OK) {
        fuzz_check(len * 2 == strlen(text));
    }
}

static void check_bytes(struct bytes input)
{
    struct eid eid;
    struct eid parsed_eid;
    struct iccid iccid;
    struct iccid parsed_iccid;
    char text[EID_TEXT_SIZE];
    if (eid_from_bytes(input, &eid) == ERR_OK) {
        fuzz_check(eid_parse(eid_text(&eid, text), &parsed_eid) == ERR_OK);
        fuzz_check(bytes_equal(eid_bytes(&parsed_eid), input));
    }
    if (iccid_from_bytes(input, &iccid) == ERR_OK) {
        fuzz_check(iccid_parse(iccid_text(&iccid, text), &parsed_iccid) == ERR_OK);
        fuzz_check(bytes_equal(iccid_bytes(&parsed_iccid), input));
    }
    iccid_from_plain(input, &iccid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[TEXT_MAX + 1] = {0};
    memcpy(text, data, size < TEXT_MAX ? size : TEXT_MAX);
    check_texts(text);
    check_bytes(bytes_make(data, size));
    return 0;
}
