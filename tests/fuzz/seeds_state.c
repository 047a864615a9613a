/* Files of the engine: journal, head, state. Journals are made by hand, line by
 * line, so that a chain can hold around what is wrong in a line. */
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "crypto/kdf.h"
#include "seed_file.h"
#include "tlv/tlv.h"

enum { MODE_JOURNAL, MODE_HEAD, MODE_STATE, MODE_TRIES, LINES_MAX = 8, HEAD_RECORD = 512 };

#define EID TEST_PKI_EID
#define ICCID "89000123456789012341"
#define POINT                                                                                      \
    "04DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"                           \
    "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3"
#define HASH "C0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"
#define BLOCK "C0C1C2C3C4C5C6C7C8C9CACBCCCDCECF"
#define PIN_RECORD BLOCK "C0C1C2C3C4C5C6C7C8C9CACB" HASH BLOCK
#define STATE_HEAD "800102 81{'token'} 82{'0123456789ABCDEF'} 83{'0123456789abcdef'} 840101 850100"
#define STATE_TAIL "88{00FFFFFFFF} 890100 8A0105 8F{00FFFFFFFF} 90{" BLOCK "}"

/* The middle of a journal line: what stands between its time and its end. */
struct lines {
    const char *name;
    const char *fields[LINES_MAX];
};

static const struct lines journals[] = {
    {"one-entry", {"\"event\":\"initialise\",\"label\":\"x\""}},
    {"releases",
     {"\"event\":\"login\",\"user\":\"user\"",
      "\"event\":\"release\",\"eid\":\"" EID "\",\"iccid\":\"" ICCID "\",\"root_version\":1",
      "\"event\":\"release\",\"eid\":\"" EID "\",\"iccid\":\"" ICCID "\"",
      "\"event\":\"release\",\"eid\":\"" EID "\",\"iccid\":\"89000123456789012358\"",
      "\"event\":\"logout\""}},
    {"release-without-eid", {"\"event\":\"release\",\"iccid\":\"" ICCID "\""}},
    {"release-then-more",
     {"\"event\":\"release\",\"eid\":1,\"iccid\":\"" ICCID "\"", "\"event\":\"login\"",
      "\"event\":\"logout\""}},
    {"release-in-a-text", {"\"event\":\"login\",\"peer\":\"\\\"event\\\":\\\"release\\\"\""}},
    {"event-twice", {"\"event\":\"login\",\"event\":\"release\""}},
    {"fields-no-json",
     {"\"event\":\"release\""
      ",{{{"}},
    {"fields-none", {""}},
    {"escapes", {"\"event\":\"x\",\"label\":\"\\u0000\\ud800\\\\\""}},
};

static void hash_text(const uint8_t hash[SHA256_SIZE], char text[2 * SHA256_SIZE + 1])
{
    hex_encode(bytes_make(hash, SHA256_SIZE), text);
}

/* Appends whole lines; their chain starts at zero. Returns how many. */
static unsigned put_lines(const struct lines *journal, struct buf *out, uint8_t hash[SHA256_SIZE])
{
    char prev[2 * SHA256_SIZE + 1], line[2048];
    unsigned seq = 0;
    memset(hash, 0, SHA256_SIZE);
    while (seq < LINES_MAX && journal->fields[seq] != NULL) {
        hash_text(hash, prev);
        int len = snprintf(line, sizeof(line),
                           "{\"seq\":%u,\"time\":\"2026-01-01T00:00:00Z\",%s,\"prev\":\"%s\"}",
                           seq + 1, journal->fields[seq], prev);
        seed_require(len > 0 && (size_t)len < sizeof(line), journal->name);
        seed_require(crypto_sha256(bytes_make(line, (size_t)len), hash) == ERR_OK, journal->name);
        buf_put(out, line, (size_t)len);
        buf_put_str(out, "\n");
        seq++;
    }
    return seq;
}

static void write_journal(const char *folder, const struct lines *journal)
{
    uint8_t hash[SHA256_SIZE];
    char name[64];
    struct buf out;
    buf_init(&out, SEED_MAX);
    buf_put_u8(&out, MODE_JOURNAL);
    put_lines(journal, &out, hash);
    seed_write(folder, "journal", journal->name, buf_bytes(&out));
    snprintf(name, sizeof(name), "%s-torn", journal->name);
    seed_write(folder, "journal", name, bytes_make(out.data, out.len - 9));
    buf_clear(&out);
}

/* A head record of fuzz_journal.c's token, whose MAC is a plain SHA-256. */
static void put_record(uint64_t count, const uint8_t hash[SHA256_SIZE], struct buf *out)
{
    char hash_hex[2 * SHA256_SIZE + 1], mac_hex[2 * SHA256_SIZE + 1], record[HEAD_RECORD + 1];
    uint8_t mac[SHA256_SIZE];
    struct buf message;
    buf_init(&message, SEED_MAX);
    buf_put_str(&message, "euicc-line journal head0123456789abcdef");
    buf_put_u64(&message, count);
    buf_put(&message, hash, SHA256_SIZE);
    seed_require(crypto_sha256(buf_bytes(&message), mac) == ERR_OK, "head");
    hex_encode(bytes_make(mac, AES_BLOCK), mac_hex);
    hash_text(hash, hash_hex);
    int len = snprintf(record, sizeof(record), "%020llu %s %s", (unsigned long long)count, hash_hex,
                       mac_hex);
    memset(record + len, ' ', sizeof(record) - (size_t)len);
    record[HEAD_RECORD - 1] = '\n';
    buf_put(out, record, HEAD_RECORD);
    buf_clear(&message);
}

/* Head and anchor may lag, lead, or speak of other entries. */
static void write_head(const char *folder, const char *name, int lead, uint8_t anchored,
                       bool other_hash)
{
    uint8_t hash[SHA256_SIZE];
    struct buf journal, head, out;
    buf_init(&journal, SEED_MAX);
    buf_init(&head, SEED_MAX);
    buf_init(&out, SEED_MAX);
    unsigned count = put_lines(&journals[1], &journal, hash);
    hash[0] ^= other_hash;
    put_record((uint64_t)((int)count + lead), hash, &head);
    put_record(0, hash, &head);
    buf_put_u8(&out, MODE_HEAD);
    buf_put_u8(&out, anchored);
    buf_put_u16(&out, (uint16_t)head.len);
    buf_put_bytes(&out, buf_bytes(&head));
    buf_put_bytes(&out, buf_bytes(&journal));
    seed_write(folder, "journal", name, buf_bytes(&out));
    buf_clear(&journal);
    buf_clear(&head);
    buf_clear(&out);
}

static const struct seed seeds[] = {
    {"journal", "empty", "00"},
    {"journal", "line-without-end", "00 '{\"seq\":1,\"time\":\"'"},
    {"journal", "lines-empty", "00 0A0A0A"},
    {"journal", "nul-in-a-line", "00 '{\"seq\":1'000A'x'0A"},
    {"journal", "nul-alone", "00 00"},
    {"journal", "head-empty", "01 00 0000"},
    {"journal", "head-half-a-record", "01 00 ['00000000000000000001 C0C1'] '{\"seq\":1'"},

    {"journal", "state",
     "02 E1{" STATE_HEAD "86{" PIN_RECORD "} 87{" PIN_RECORD "}" STATE_TAIL "}"},
    {"journal", "state-roots-and-keys",
     "02 E1{" STATE_HEAD STATE_TAIL "8E{010102030405} 8B{020102030405}"
     "AC{ 800100 810101 82{" POINT "} } AC{ 800101 810102 82{" POINT "} } }"},
    {"journal", "state-root-twice",
     "02 E1{" STATE_HEAD STATE_TAIL "8B{010102030405} 8B{010102030405} }"},
    {"journal", "state-key-twice",
     "02 E1{" STATE_HEAD STATE_TAIL "AC{ 800100 810101 82{" POINT "} } AC{ 800100 810101 82{" POINT
     "} } }"},
    {"journal", "state-key-certificate-broken",
     "02 E1{" STATE_HEAD STATE_TAIL "AC{ 800100 810101 82{" POINT "} 83{3000} } }"},
    {"journal", "state-batches-cut",
     "02 E1{" STATE_HEAD "88{00FFFFFFFF} 890100 8A0105 8F{00FFFFFFFF} 90{" BLOCK "00} }"},
    {"journal", "state-17-batches",
     "02 E1{" STATE_HEAD
     "88{00FFFFFFFF} 890100 8A0105 8F{00FFFFFFFF} 90{" HASH HASH HASH HASH HASH HASH HASH HASH BLOCK
     "} }"},
    {"journal", "state-ci-broken", "02 E1{" STATE_HEAD STATE_TAIL "8D{3000} }"},
    {"journal", "state-role-0",
     "02 E1{ 800102 81{'token'} 82{'0123456789ABCDEF'} 83{'0123456789abcdef'} 840100 "
     "850100" STATE_TAIL "}"},
    {"journal", "state-label-with-nul",
     "02 E1{ 800102 81{'a'00'b'} 82{'0123456789ABCDEF'} 83{'0123456789abcdef'} 840101 "
     "850100" STATE_TAIL "}"},
    {"journal", "state-of-4-gib", "02 E1 84FFFFFFFF 80"},
    {"journal", "state-nothing", "02"},
    {"journal", "tries", "03 01 05 05" BLOCK},
    {"journal", "tries-empty", "03"},
};

static void write_state_with_certificates(const char *folder)
{
    struct test_pki pki;
    struct buf out;
    test_pki_make(NULL, &pki);
    buf_init(&out, SEED_MAX);
    buf_put_u8(&out, MODE_STATE);
    size_t mark = tlv_open(&out, 0xE1);
    seed_assemble(STATE_HEAD STATE_TAIL, &out);
    size_t key = tlv_open(&out, 0xAC);
    seed_assemble("800100 810101 82{" POINT "}", &out);
    tlv_put(&out, 0x83, buf_bytes(&pki.dpauth.der));
    tlv_close(&out, key);
    tlv_put(&out, 0x8D, buf_bytes(&pki.ci.der));
    tlv_close(&out, mark);
    seed_write(folder, "journal", "state-with-certificates", buf_bytes(&out));
    buf_clear(&out);
    test_pki_clear(&pki);
}

void seeds_of_state(const char *folder)
{
    seed_write_table(folder, seeds, sizeof(seeds) / sizeof(seeds[0]));
    for (size_t i = 0; i < sizeof(journals) / sizeof(journals[0]); i++) {
        write_journal(folder, &journals[i]);
    }
    write_head(folder, "head", 0, 0, false);
    write_head(folder, "head-lags", -1, 2, false);
    write_head(folder, "head-leads-the-journal", 1, 0, false);
    write_head(folder, "head-of-another-journal", 0, 0, true);
    write_head(folder, "anchor-of-the-last-entry", 0, 5, false);
    write_head(folder, "anchor-leads-the-journal", 0, 6, false);
    write_state_with_certificates(folder);
}
