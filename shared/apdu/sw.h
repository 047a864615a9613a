/* Status words (ISO/IEC 7816-4 5.6) the eUICC side meets. The token's own are
 * in tokwire/status.h. */
#ifndef APDU_SW_H
#define APDU_SW_H

enum sw {
    SW_OK = 0x9000,
    SW_MORE_DATA = 0x6100, /* 61xx: xx bytes wait for GET RESPONSE */
    SW_WRONG_LE = 0x6C00,  /* 6Cxx: repeat with Le = xx */
    SW_WRONG_LENGTH = 0x6700,
    SW_SECURITY_STATUS = 0x6982,
    SW_CONDITIONS = 0x6985,
    SW_WRONG_DATA = 0x6A80,
    SW_FILE_NOT_FOUND = 0x6A82,
    SW_WRONG_P1P2 = 0x6A86,
    SW_DATA_NOT_FOUND = 0x6A88,
    SW_INS_UNKNOWN = 0x6D00,
    SW_CLA_UNKNOWN = 0x6E00,
    SW_NO_DIAGNOSIS = 0x6F00,
};

static inline int sw_is_more_data(unsigned sw)
{
    return (sw & 0xFF00) == SW_MORE_DATA;
}

static inline int sw_is_wrong_le(unsigned sw)
{
    return (sw & 0xFF00) == SW_WRONG_LE;
}

#endif
