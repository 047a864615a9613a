/* The messages both sides share: tables of them, and what needs a key. */
#include "batch/batch.h"
#include "seed_file.h"

#define TID "0102030405060708090A0B0C0D0E0F10"
#define CHALLENGE "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF"
#define ADDRESS "83 0B 6578616D706C652E636F6D"
#define POINT                                                                                      \
    "04DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"                           \
    "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3"
#define HASH "C0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"
#define ICCID "98001032547698103214"
#define PLAIN_ICCID "89000123456789012341"
#define AID "A0000005591010FFFFFFFF8900001000"
#define NOTIFICATION "BF2F 1B 800105 81020780 0C0661622E636F6D 5A0A" ICCID
#define METADATA_HEAD "5A0A" ICCID "9104 47534D41 9207 54533438207637"
#define HEADER "A0 1C 800102 810103 820454455354 830A" PLAIN_ICCID "A500 A600"
#define END "AA 07 A005 8000 810163"
#define EID_ASCII "3839303439303332313233343531323334353132333435363738393031323335"

static const struct seed seeds[] = {
    {"tlv", "primitive", "80 02 1122"},
    {"tlv", "nested", "BF25 0D 5A 02 1122 BF8102 03 80 01 55 95 00"},
    {"tlv", "integer-zero", "00"},
    {"tlv", "integer-with-leading-zero", "0080"},
    {"tlv", "integer-of-64-bits", "00FFFFFFFFFFFFFFFF"},
    {"tlv", "long-length-for-a-short-value", "8084 00000001 55"},
    {"tlv", "indefinite-length", "3080 800155 0000"},
    {"tlv", "length-of-4-gib", "BF37 84FFFFFFFF BF27"},
    {"tlv", "length-reserved-ff", "80FF00"},
    {"tlv", "tag-without-end", "BFFFFFFFFFFFFFFF"},
    {"tlv", "tag-with-leading-zeros", "BF8037 00"},
    {"tlv", "tag-30-in-long-form", "9F1E00"},
    {"tlv", "child-longer-than-parent", "30 04 8005 1122"},
    {"tlv", "deep",
     "30 1E 30 1C 30 1A 30 18 30 16 30 14 30 12 30 10 30 0E 30 0C 30 0A 30 08"
     "30 06 30 04 30 02 3000"},
    {"tlv", "empty", ""},

    {"apdu", "short-case-1", "80E29105"},
    {"apdu", "short-case-2", "00C0000010"},
    {"apdu", "short-case-3", "80E291000401020304"},
    {"apdu", "short-case-4", "80E29100 06 BF3E035C015A 00"},
    {"apdu", "short-lc-zero", "80E2910000 11"},
    {"apdu", "short-lc-one-too-large", "80E291000501020304"},
    {"apdu", "extended-case-2", "80CA0000 000000"},
    {"apdu", "extended-case-3", "8020 0001 000003 830131"},
    {"apdu", "extended-case-4", "8020 0001 000003 830131 0000"},
    {"apdu", "extended-lc-of-64-kib", "80500000 00FFFF 00"},
    {"apdu", "extended-half-an-le", "80200001 000003 830131 00"},
    {"apdu", "response-9000", "BF3E125A10 89049032123451234512345678901235 9000"},
    {"apdu", "response-61xx", "6180"},
    {"apdu", "response-of-one-byte", "90"},

    {"id", "eid-text", EID_ASCII},
    {"id", "eid-bytes", "89049032123451234512345678901235"},
    {"id", "eid-check-digits-wrong", "89049032123451234512345678901236"},
    {"id", "iccid-20-digits", ICCID},
    {"id", "iccid-19-digits", "980010325476981032F4"},
    {"id", "iccid-filler-inside", "98001032547698F03214"},
    {"id", "iccid-text", "3839303030313233343536373839303132333431"},
    {"id", "iccid-text-18", "383930303031323334353637383930313233"},
    {"id", "text-without-end",
     "3838383838383838383838383838383838383838383838383838383838383838"
     "3838383838383838383838383838383838383838383838383838383838383838"},

    {"tokwire", "get-status", "00000007 80CA0000 000000"},
    {"tokwire", "get-random", "00000013 8084 0000 00000A 9A080000000000000020 0000"},
    {"tokwire", "verify-pin", "0000000F 80200001 000008 8306313233343536"},
    {"tokwire", "two-frames", "00000004 80210000 00000007 80CB0000 000000"},
    {"tokwire", "generate-one-time-key", "0000000A 80470000 000003 910101"},
    {"tokwire", "derive-ppk",
     "0000002D 80880000 000024 860400000001 8710 89049032123451234512345678901235 880A" ICCID
     "0000"},
    {"tokwire", "bsp-encrypt", "00000012 80500000 00000B 860400000001 8E03BF2400"},
    {"tokwire", "answer-ok", "00000002 9000"},
    {"tokwire", "answer-wrong-pin", "00000002 63C2"},
    {"tokwire", "answer-objects", "00000016 A012 860400000001 9F1F0101 8006726F6F742D31 9000"},
    {"tokwire", "answer-status", "00000010 9E03302E31 820400000001 9C010A 9000"},
    {"tokwire", "field-twice", "00000013 80500000 00000C 860400000001 860400000001"},
    {"tokwire", "fields-out-of-order", "00000012 80500000 00000B 8E03BF2400 860400000001"},
    {"tokwire", "field-of-4-gib", "00000013 80500000 00000C 860400000001 8E84FFFFFFFF"},
    {"tokwire", "frame-of-4-gib", "FFFFFFFF 80CA0000"},
    {"tokwire", "frame-of-one-byte", "00000001 80"},
    {"tokwire", "frame-not-whole", "00000007 80CA0000"},
    {"tokwire", "frame-of-length-zero", "00000000"},

    {"rsp", "server-signed1", "30 43 8010" TID "8110" CHALLENGE ADDRESS "8410" CHALLENGE},
    {"rsp", "server-signed1-with-extension",
     "30 48 8010" TID "8110" CHALLENGE ADDRESS "8410" CHALLENGE "BF7702 8000"},
    {"rsp", "euicc-signed1",
     "30 3D 8010" TID ADDRESS "8410" CHALLENGE "BF2203 820100 A004 A1028000"},
    {"rsp", "smdp-signed2", "30 15 8010" TID "010100"},
    {"rsp", "smdp-signed2-with-otpk", "30 59 8010" TID "0101FF 5F4941" POINT},
    {"rsp", "smdp-signed2-message", "30 15 8010" TID "010100 5F3740" HASH HASH},
    {"rsp", "euicc-signed2", "30 56 8010" TID "5F4941" POINT},
    {"rsp", "euicc-signed2-with-hash-cc", "30 78 8010" TID "5F4941" POINT "0420" HASH},
    {"rsp", "initialise-secure-channel",
     "820101 8010" TID "A60F 800188 810110 8407 6C696E652D3031 5F4941" POINT "5F4941" POINT},
    {"rsp", "transaction-id-empty", "30 33 8000 8110" CHALLENGE ADDRESS "8410" CHALLENGE},
    {"rsp", "transaction-id-of-255", "30 8203FF 80 81FF 00"},
    {"rsp", "sequence-of-4-gib", "30 84FFFFFFFF 8010" TID},

    {"result", "success",
     "BF37 8196 BF27 50 8010" TID NOTIFICATION "0603883703 A219 A017 4F10" AID
     "0403300180 5F3740" HASH HASH},
    {"result", "error",
     "BF37 8180 BF27 3A 8010" TID NOTIFICATION "A208 A106 800105 81010C 5F3740" HASH HASH},
    {"result", "notification", NOTIFICATION},
    {"result", "notification-without-iccid", "BF2F 0F 800100 81020410 0C0661622E636F6D"},
    {"result", "notification-bits-missing", "BF2F 0E 800105 810107 0C0661622E636F6D"},
    {"result", "success-and-error",
     "BF37 8194 BF27 4E 8010" TID NOTIFICATION "A21C A012 4F10" AID "A106 800105 81010C"
     "5F3740" HASH HASH},
    {"result", "final-result-empty",
     "BF37 78 BF27 32 8010" TID NOTIFICATION "A200 5F3740" HASH HASH},
    {"result", "length-of-4-gib", "BF37 84FFFFFFFF"},
    {"result", "error-reason-of-nine-bytes",
     "BF37 8188 BF27 42 8010" TID NOTIFICATION "A210 A10E 800105 8109010203040506070809"
     "5F3740" HASH HASH},

    {"metadata", "small", "BF25 1E" METADATA_HEAD "950102"},
    {"metadata", "with-notifications",
     "BF25 2E" METADATA_HEAD "950102 B6 0E 30 0C 8002 04F0 81 06 61622E636F6D"},
    {"metadata", "with-strangers", "BF25 22" METADATA_HEAD "9302AABB 950100"},
    {"metadata", "names-empty", "BF25 10 5A0A" ICCID "9100 9200"},
    {"metadata", "class-3", "BF25 1E" METADATA_HEAD "950103"},
    {"metadata", "configuration-broken", "BF25 1F" METADATA_HEAD "B6023005"},
    {"metadata", "iccid-hexadecimal", "BF25 10 5A0A 98001032547698103A14 9100 9200"},

    {"upp", "smallest", HEADER END},
    {"upp", "with-mf", HEADER "B0 17 A0058000810101 8100 A40C 830A" ICCID "A2 02 8000" END},
    {"upp", "lengths-longer-than-needed", HEADER "A2 820002 8000" END},
    {"upp", "ef-iccid-of-another-profile", HEADER "B0 0E A40C 830A 98001032547698103215" END},
    {"upp", "header-twice", HEADER HEADER END},
    {"upp", "end-in-the-middle", HEADER END "A2028000"},
    {"upp", "bytes-behind", HEADER END "00"},
    {"upp", "element-of-4-gib", HEADER "A2 84FFFFFFFF" END},
    {"upp", "element-of-indefinite-length", HEADER "A2 80 0000" END},

    {"cert", "empty-sequence", "3000"},
    {"cert", "length-of-4-gib", "30 84FFFFFFFF"},
    {"cert", "indefinite-length", "3080 3080 0000 0000"},
    {"cert_chain", "three-empty-sequences", "3000 3000 3000"},

    {"batch", "footer-alone", "00000000 4555494343505042"},
    {"batch", "footer-longer-than-file", "00001FF4 4555494343505042"},
    {"batch", "footer-of-4-gib", "FFFFFFFF 4555494343505042"},
    {"batch", "certificate-empty",
     "A041 800101 8110" TID "8220" HASH "8308 0000000000001000 7F2100 5F3740" HASH HASH
     "00000089 4555494343505042"},
};

static void write_chain(const char *folder, const char *name, const struct test_pki *pki)
{
    struct buf chain;
    buf_init(&chain, SEED_MAX);
    buf_put_bytes(&chain, buf_bytes(&pki->euicc.der));
    buf_put_bytes(&chain, buf_bytes(&pki->eum.der));
    buf_put_bytes(&chain, buf_bytes(&pki->ci.der));
    buf_put_bytes(&chain, buf_bytes(&pki->dpauth.der));
    seed_require(buf_err(&chain) == ERR_OK, name);
    seed_write(folder, "cert_chain", name, buf_bytes(&chain));
    buf_clear(&chain);
}

static void write_chains(const char *folder)
{
    struct test_pki_specs specs;
    struct test_pki pki;
    test_pki_make(NULL, &pki);
    write_chain(folder, "valid", &pki);
    test_pki_clear(&pki);
    test_pki_specs_init(&specs);
    specs.eum.curve = EC_CURVE_BRAINPOOL_P256R1;
    specs.euicc.curve = EC_CURVE_BRAINPOOL_P256R1;
    test_pki_make(&specs, &pki);
    write_chain(folder, "brainpool", &pki);
    test_pki_clear(&pki);
    test_pki_specs_init(&specs);
    specs.eum.excluded_eid = "99";
    specs.euicc.unknown_critical = true;
    specs.dpauth.second_role = CERT_ROLE_DPPB;
    test_pki_make(&specs, &pki);
    write_chain(folder, "excluded-subtree-unknown-extension-two-roles", &pki);
    test_pki_clear(&pki);
}

static void write_certificates(const char *folder)
{
    struct test_pki pki;
    test_pki_make(NULL, &pki);
    seed_write(folder, "cert", "ci", buf_bytes(&pki.ci.der));
    seed_write(folder, "cert", "eum", buf_bytes(&pki.eum.der));
    seed_write(folder, "cert", "euicc", buf_bytes(&pki.euicc.der));
    seed_write(folder, "cert", "dpauth", buf_bytes(&pki.dpauth.der));
    seed_write(folder, "cert", "batch", buf_bytes(&pki.batch.der));
    test_pki_clear(&pki);
}

static void write_batch(const char *folder)
{
    struct batch_manifest manifest = {.id = {1}, .image_digest = {2}, .image_length = 4096};
    struct test_pki_spec spec = test_pki_spec_of(CERT_ROLE_NONE);
    struct test_pki_identity identity;
    struct buf encoded;
    struct buf trailer;
    uint8_t signature[EC_SIGNATURE_SIZE];
    test_pki_issue(&spec, NULL, &identity);
    buf_init(&encoded, SEED_MAX);
    buf_init(&trailer, SEED_MAX);
    batch_manifest_encode(&manifest, &encoded);
    seed_require(ec_sign(identity.key, buf_bytes(&encoded), signature) == ERR_OK, "sign");
    batch_trailer_encode(buf_bytes(&encoded), buf_bytes(&identity.der), BYTES_OF(signature),
                         &trailer);
    seed_require(buf_err(&trailer) == ERR_OK, "batch");
    seed_write(folder, "batch", "valid", buf_bytes(&trailer));
    buf_clear(&encoded);
    buf_clear(&trailer);
    test_pki_identity_clear(&identity);
}

void seeds_of_messages(const char *folder)
{
    seed_write_table(folder, seeds, sizeof(seeds) / sizeof(seeds[0]));
    write_certificates(folder);
    write_chains(folder);
    write_batch(folder);
}
