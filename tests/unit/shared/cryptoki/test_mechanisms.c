#include "support/test.h"

#include "cryptoki/sgp22_mechanisms.h"

/* design.md section 4: the vendor numbers stay clear of CKM_VENDOR_DEFINED + 1,
 * where others put theirs, and of each other. */
static void test_numbers(void)
{
    const CK_ULONG numbers[] = {
        CKM_SGP22_ECKA,
        CKM_SGP22_PPK,
        CKM_SGP22_BSP,
        CKK_SGP22_BSP,
        CKA_SGP22_EID,
        CKA_SGP22_ICCID,
        CKA_SGP22_TRANSACTION_ID,
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        CU_ASSERT_TRUE((numbers[i] & CKM_VENDOR_DEFINED) != 0);
        CU_ASSERT_TRUE(numbers[i] > CKM_VENDOR_DEFINED + 0xFFFF);
        CU_ASSERT_TRUE(numbers[i] <= 0xFFFFFFFFUL);
        CU_ASSERT_EQUAL(numbers[i] >> 4 & 0xFFFFFF, 0x534750); /* "SGP" */
    }
    CU_ASSERT_NOT_EQUAL(CKM_SGP22_ECKA, CKM_SGP22_PPK);
    CU_ASSERT_NOT_EQUAL(CKM_SGP22_ECKA, CKM_SGP22_BSP);
    CU_ASSERT_NOT_EQUAL(CKM_SGP22_PPK, CKM_SGP22_BSP);
    CU_ASSERT_NOT_EQUAL(CKA_SGP22_EID, CKA_SGP22_ICCID);
    CU_ASSERT_NOT_EQUAL(CKA_SGP22_EID, CKA_SGP22_TRANSACTION_ID);
    CU_ASSERT_NOT_EQUAL(CKA_SGP22_ICCID, CKA_SGP22_TRANSACTION_ID);
}

/* The parameter blocks are an interface between binaries built apart. */
static void test_layout(void)
{
    CU_ASSERT_EQUAL(sizeof(((struct ck_sgp22_ppk_params *)NULL)->eid), 16);
    CU_ASSERT_EQUAL(sizeof(((struct ck_sgp22_ppk_params *)NULL)->iccid), 10);
    CU_ASSERT_EQUAL(sizeof(struct ck_sgp22_ecka_params), 10 * sizeof(CK_ULONG));
}

static const struct test_case cases[] = {
    {"vendor numbers", test_numbers},
    {"parameter blocks", test_layout},
};
TEST_MAIN("shared/cryptoki", cases)
