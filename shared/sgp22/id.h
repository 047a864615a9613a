/* The two identities: EID of a chip, ICCID of a profile. */
#ifndef SGP22_ID_H
#define SGP22_ID_H

#include "base/bytes.h"

enum {
    EID_SIZE = 16,
    EID_TEXT_SIZE = 33,
    ICCID_SIZE = 10,
    ICCID_TEXT_SIZE = 21,
};

/* 16 bytes, two digits each, first digit in the high nibble. */
struct eid {
    uint8_t data[EID_SIZE];
};

/* 10 bytes as in EF.ICCID (TS 102 221 13.2): nibble swapped, 'F' fills. This
 * is the one form inside the project; iccid_from_plain() converts the profile
 * header's. */
struct iccid {
    uint8_t data[ICCID_SIZE];
};

/* 32 decimal digits whose number mod 97 is 1 (SGP.29 / SGP.22 4.3.1.1).
 * ERR_MALFORMED for a wrong length or a stranger, ERR_CERT_EID for a wrong
 * check number. */
enum err eid_parse(const char *text, struct eid *eid);
enum err eid_from_bytes(struct bytes bytes, struct eid *eid);
char *eid_text(const struct eid *eid, char text[EID_TEXT_SIZE]);

/* 18 to 20 decimal digits; 18 and 19 are filled with F. */
enum err iccid_parse(const char *text, struct iccid *iccid);
/* From the nibble swapped 10 bytes of metadata, lists and notifications. */
enum err iccid_from_bytes(struct bytes bytes, struct iccid *iccid);
/* From the profile header's plain BCD. */
enum err iccid_from_plain(struct bytes bytes, struct iccid *iccid);
/* Digits without the filler. */
char *iccid_text(const struct iccid *iccid, char text[ICCID_TEXT_SIZE]);
struct bytes eid_bytes(const struct eid *eid);
struct bytes iccid_bytes(const struct iccid *iccid);

#endif
