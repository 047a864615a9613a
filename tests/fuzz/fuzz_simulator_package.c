/* What the simulated chip decrypts: a package under session keys it shares with
 * this target, so that any plaintext arrives with a good MAC.
 *
 *   1 byte    80: no ReplaceSessionKeys; the low six bits: a script left out
 *   then      plaintext of ConfigureISDP (1-byte length), of the metadata (2-byte
 *             length), of ReplaceSessionKeys (1-byte length); the rest is the
 *             profile package */
#include "chip.h"
#include "input.h"
#include "sgp22/bsp.h"
#include "sgp22/metadata.h"
#include "sgp22/tags.h"
#include "simulator/install.h"

enum { NO_REPLACE = 0x80, SKIP_MASK = 0x3F, SCRIPTS_MAX = 64, PACKAGE_MAX = 256 * 1024 };

static const uint8_t keys[BSP_KEYS_SIZE] = {1, 2, 3, [16] = 4, 5, [32] = 6, 7};

struct package {
    struct buf script[SCRIPTS_MAX];
    size_t count;
    size_t announced;
};

static struct buf *add(struct package *package)
{
    fuzz_check(package->count < SCRIPTS_MAX);
    struct buf *script = &package->script[package->count++];
    buf_init(script, PACKAGE_MAX);
    return script;
}

static void add_87(struct package *package, struct bsp *bsp, uint32_t list, struct bytes plain)
{
    struct buf *script = add(package);
    size_t mark = tlv_open(script, list);
    fuzz_check(bsp_encrypt(bsp, BSP_TAG_COMMAND, plain, script) == ERR_OK);
    tlv_close(script, mark);
    package->announced += script->len;
}

static void put_88(struct bsp *bsp, struct bytes plain, struct buf *script)
{
    uint8_t mac[BSP_MAC_SIZE];
    fuzz_check(bsp_mac(bsp, plain, mac) == ERR_OK);
    bsp_put_maced(script, plain, mac);
}

/* Header, then its segments as scripts of their own. */
static void add_list(struct package *package, struct bsp *bsp, uint32_t list, struct bytes plain)
{
    struct buf *header = add(package);
    bool metadata = list == TAG_SEQUENCE_OF_88;
    size_t len = 0;
    do {
        struct buf *script = add(package);
        if (metadata) {
            put_88(bsp, fuzz_take(&plain, BSP_MACED_MAX), script);
        } else {
            fuzz_check(bsp_encrypt(bsp, BSP_TAG_PROFILE_ELEMENTS,
                                   fuzz_take(&plain, BSP_ENCRYPTED_MAX), script) == ERR_OK);
        }
        len += script->len;
    } while (plain.len > 0 && package->count < SCRIPTS_MAX - 4);
    tlv_put_header(header, list, len);
    package->announced += header->len + len;
}

static void build(struct package *package, uint8_t choice, struct bytes input)
{
    struct bsp bsp;
    struct bytes configure = fuzz_take(&input, fuzz_take_u8(&input));
    struct bytes metadata = fuzz_take_record(&input);
    struct bytes replace = fuzz_take(&input, fuzz_take_u8(&input));
    fuzz_check(bsp_init(&bsp, BYTES_OF(keys)) == ERR_OK);
    add_87(package, &bsp, TAG_FIRST_SEQUENCE_OF_87, configure);
    add_list(package, &bsp, TAG_SEQUENCE_OF_88, metadata);
    if ((choice & NO_REPLACE) == 0) {
        add_87(package, &bsp, TAG_SECOND_SEQUENCE_OF_87, replace);
        /* Keys as the seeds carry them: the same again. */
        fuzz_check(bsp_init(&bsp, BYTES_OF(keys)) == ERR_OK);
    }
    add_list(package, &bsp, TAG_SEQUENCE_OF_86, input);
}

/* The chip right after InitialiseSecureChannel. */
static void begin(struct isdr *isdr, size_t announced)
{
    struct session *session = &isdr->session;
    session->phase = SESSION_LOADING;
    session->transaction_id_len = sizeof(session->transaction_id);
    memcpy(session->load.keys.chaining_value, keys, UNWRAP_KEY_SIZE);
    memcpy(session->load.keys.enc, keys + UNWRAP_KEY_SIZE, UNWRAP_KEY_SIZE);
    memcpy(session->load.keys.mac, keys + 2 * UNWRAP_KEY_SIZE, UNWRAP_KEY_SIZE);
    session->load.keys.counter = 1;
    session->load.package_left = announced;
    session->load.step = BPP_FIRST_87;
    buf_init(&session->load.metadata, METADATA_MAX);
    buf_init(&session->load.upp, UPP_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size);
    uint8_t choice = fuzz_take_u8(&input);
    struct package package = {.count = 0};
    struct profile_installation_result result;
    struct card *card = fuzz_chip();
    struct buf response;
    buf_init(&response, ISDR_RESPONSE_MAX);
    build(&package, choice, input);
    begin(&card->isdr, package.announced);
    for (size_t i = 0; i < package.count && response.len == 0; i++) {
        if (i != (choice & SKIP_MASK)) {
            isdr_run(&card->isdr, buf_bytes(&package.script[i]), &response);
        }
    }
    if (response.len > 0) {
        fuzz_check(profile_installation_result_decode(buf_bytes(&response), &result) == ERR_OK);
        fuzz_check(result.success == (card->isdr.state->profile_count == 1));
        fuzz_check(profile_installation_result_verify(&result, card->isdr.identity->euicc) ==
                   ERR_OK);
    }
    for (size_t i = 0; i < package.count; i++) {
        buf_clear(&package.script[i]);
    }
    buf_clear(&response);
    return 0;
}
