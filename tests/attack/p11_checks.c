#include "p11_checks.h"

#include <string.h>

void p11_check_sensitive(const struct p11 *p11, enum p11_kind kind)
{
    uint8_t value[256], label[64], untouched[sizeof(value)];
    memset(value, 0xA5, sizeof(value));
    memset(untouched, 0xA5, sizeof(untouched));
    CK_ATTRIBUTE asked[] = {{CKA_LABEL, label, sizeof(label)},
                            {CKA_VALUE, value, sizeof(value)},
                            {CKA_PRIVATE_EXPONENT, value, sizeof(value)},
                            {CKA_VALUE, NULL, 0}};
    CK_RV rv = p11->f->C_GetAttributeValue(p11->session, p11->object[kind], asked, 4);
    CU_ASSERT_TRUE(rv == CKR_ATTRIBUTE_SENSITIVE || rv == CKR_ATTRIBUTE_TYPE_INVALID);
    CU_ASSERT_NOT_EQUAL(asked[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    for (size_t i = 1; i < 4; i++) {
        CU_ASSERT_EQUAL(asked[i].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    }
    CU_ASSERT_EQUAL(memcmp(value, untouched, sizeof(value)), 0);
    expect_rv(p11_attempt("CKA_VALUE", kind),
              p11->f->C_GetAttributeValue(p11->session, p11->object[kind], &asked[1], 1),
              CKR_ATTRIBUTE_SENSITIVE);
}

/* A flag its class does not have (CKA_WRAP of a private key) is not set. */
static bool read_bool(const struct p11 *p11, enum p11_kind kind, CK_ATTRIBUTE_TYPE type)
{
    CK_BBOOL value = 0x55;
    CK_ATTRIBUTE asked = {type, &value, sizeof(value)};
    CK_RV rv = p11->f->C_GetAttributeValue(p11->session, p11->object[kind], &asked, 1);
    if (rv != CKR_OK) {
        expect_rv(p11_attempt("a flag", kind), rv, CKR_ATTRIBUTE_TYPE_INVALID);
        CU_ASSERT_TRUE(type == CKA_WRAP);
    }
    return rv == CKR_OK && value == CK_TRUE;
}

void p11_check_flags(const struct p11 *p11, enum p11_kind kind)
{
    CU_ASSERT_TRUE(read_bool(p11, kind, CKA_SENSITIVE));
    CU_ASSERT_TRUE(read_bool(p11, kind, CKA_PRIVATE));
    CU_ASSERT_FALSE(read_bool(p11, kind, CKA_MODIFIABLE) &&
                    read_bool(p11, kind, CKA_TOKEN)); /* a session object's label is free */
    CU_ASSERT_FALSE(read_bool(p11, kind, CKA_COPYABLE));
    CU_ASSERT_FALSE(read_bool(p11, kind, CKA_DECRYPT));
    CU_ASSERT_FALSE(read_bool(p11, kind, CKA_UNWRAP));
    bool is_ppk = kind == P11_PPK || kind == P11_PPK_OTHER;
    CU_ASSERT_TRUE(is_ppk || !read_bool(p11, kind, CKA_EXTRACTABLE));
    /* What may wrap is session keys alone; what may derive, root and one-time keys. */
    CU_ASSERT_EQUAL(read_bool(p11, kind, CKA_WRAP), kind == P11_SESSION_KEYS);
    CU_ASSERT_EQUAL(read_bool(p11, kind, CKA_DERIVE), kind == P11_ROOT || kind == P11_ONE_TIME_KEY);
}
