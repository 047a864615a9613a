#include "evidence.h"

void evidence_prepare(struct stand *stand, struct chip *chip, struct wire *wire,
                      const struct test_pki_identity *euicc, const struct test_pki_identity *eum)
{
    stand_connect(stand, wire);
    chip_new(chip, euicc, eum);
    CU_ASSERT_EQUAL_FATAL(chip_authenticate(chip, wire), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(chip_prepare(chip, wire), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(chip_one_time_key(chip, wire), TOKWIRE_SW_OK);
}

void evidence_finish(struct chip *chip, struct wire *wire)
{
    chip_clear(chip);
    wire_close(wire);
}

bool sw_is_one_of(uint16_t sw, const uint16_t *allowed)
{
    while (*allowed != 0 && *allowed != sw) {
        allowed++;
    }
    return *allowed == sw;
}
