#include "chip.h"

#include "fuzz.h"
#include "support/pki.h"

static struct cert *copy(const struct test_pki_identity *identity)
{
    struct cert *cert = NULL;
    fuzz_check(cert_parse(buf_bytes(&identity->der), &cert) == ERR_OK);
    return cert;
}

static struct card *make(void)
{
    static struct test_pki pki;
    struct identity *identity = NULL;
    struct card *card = NULL;
    test_pki_make(NULL, &pki);
    struct cert *ci = copy(&pki.ci);
    EVP_PKEY_up_ref(pki.euicc.key);
    fuzz_check(identity_new(pki.euicc.key, copy(&pki.euicc), copy(&pki.eum), &ci, 1, &identity) ==
               ERR_OK);
    const struct card_config config = {.identity = identity, .now = TEST_PKI_NOW};
    fuzz_check(card_new(&config, &card) == ERR_OK);
    return card;
}

struct card *fuzz_chip(void)
{
    static struct card *card;
    if (card == NULL) {
        card = make();
    }
    card_reset(card);
    state_free(&card->isdr.state);
    fuzz_check(state_open(NULL, &card->isdr.state) == ERR_OK);
    card->apdu_count = 0;
    card->load_apdu_count = 0;
    return card;
}

struct card *fuzz_chip_used(void)
{
    static const uint8_t metadata[] = {0xBF, 0x25, 0x13, 0x5A, 0x0A, 0x98, 0x00, 0x10,
                                       0x32, 0x54, 0x76, 0x98, 0x10, 0x32, 0x14, 0x91,
                                       0x01, 'S',  0x92, 0x02, 'N',  'P'};
    static const uint8_t pending[] = {0x30, 0x0D, 0xBF, 0x2F, 0x0A, 0x80, 0x01, 0x00,
                                      0x81, 0x02, 0x04, 0x10, 0x0C, 0x01, 'a'};
    struct card *card = fuzz_chip();
    struct state *state = card->isdr.state;
    struct profile *profile = NULL;
    struct iccid iccid;
    fuzz_check(iccid_parse("89000123456789012341", &iccid) == ERR_OK);
    fuzz_check(state_put_upp(state, &iccid, BYTES_OF(metadata)) == ERR_OK);
    fuzz_check(state_profile_add(state, &iccid, BYTES_OF(metadata), sizeof(metadata), &profile) ==
               ERR_OK);
    fuzz_check(state_notification_add(state, NOTIFICATION_ENABLE, BYTES_OF(pending)) == ERR_OK);
    return card;
}
