#include "admin/doctor.h"

#include <string.h>

/* What the engine calls the things it tries (docs/token-commands.md, KEYSTORE
 * INFO), and what it means when they are not there. */
#define USE_CMAC "AES-CMAC"
#define USE_P256 "ECDSA on P-256"
#define USE_BRAINPOOL "ECDSA on brainpoolP256r1"
#define USE_ANCHOR "journal anchor"
#define USE_TOKENS "a token for each initialisation"
#define REFUSES "refuses "

#define TAKES_KEYS_OUT                                                                             \
    "whoever logs in to the key store itself can take root keys out: its files and its\n"          \
    "         PIN must be nobody's but the engine's"
#define MORE_THAN_ITS_USE                                                                          \
    "a root key does more than it is for, for whoever logs in to the key store itself"
#define READ_BACK "the engine refuses keys whose attributes do not read back as they were set"

static const struct meaning_row {
    uint8_t capability_class;
    const char *name; /* NULL: any other */
    enum doctor_weight weight;
    const char *meaning;
} meanings[] = {
    {TOKWIRE_CAPABILITY_USE, USE_CMAC, DOCTOR_UNUSABLE,
     "no root key can be put into it and used; try \"cmac\": \"built\""},
    {TOKWIRE_CAPABILITY_USE, USE_P256, DOCTOR_UNUSABLE,
     "dpauth, dppb and batch keys cannot be made in it"},
    {TOKWIRE_CAPABILITY_USE, USE_BRAINPOOL, DOCTOR_RESERVATION,
     "no keys on brainpoolP256r1: not for a CI that certifies on this curve"},
    {TOKWIRE_CAPABILITY_USE, REFUSES "to show a root key", DOCTOR_UNUSABLE,
     "it shows keys that are marked sensitive"},
    {TOKWIRE_CAPABILITY_USE, REFUSES "to make it extractable", DOCTOR_RESERVATION, TAKES_KEYS_OUT},
    {TOKWIRE_CAPABILITY_USE, REFUSES "an extractable copy", DOCTOR_RESERVATION, TAKES_KEYS_OUT},
    {TOKWIRE_CAPABILITY_USE, REFUSES "to decrypt with it", DOCTOR_RESERVATION, MORE_THAN_ITS_USE},
    {TOKWIRE_CAPABILITY_USE, REFUSES "its other mechanism", DOCTOR_RESERVATION, MORE_THAN_ITS_USE},
    /* One that is not listed may work: what the engine needs is tried out. */
    {TOKWIRE_CAPABILITY_MECHANISM, NULL, DOCTOR_GOOD, NULL},
    {TOKWIRE_CAPABILITY_CMAC_KEY, NULL, DOCTOR_UNUSABLE, READ_BACK},
    {TOKWIRE_CAPABILITY_EC_KEY, NULL, DOCTOR_UNUSABLE, READ_BACK},
    /* Of an engine that tries more than this version knows. */
    {TOKWIRE_CAPABILITY_USE, NULL, DOCTOR_RESERVATION, "the engine asks for it"},
};

static void weigh(struct doctor_finding *finding)
{
    const struct client_capability *capability = &finding->capability;
    if (capability->verdict != TOKWIRE_VERDICT_NO) {
        return;
    }
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (meanings[i].capability_class == capability->capability_class &&
            (meanings[i].name == NULL || strcmp(meanings[i].name, capability->name) == 0)) {
            finding->weight = meanings[i].weight;
            finding->meaning = meanings[i].meaning;
            return;
        }
    }
}

/* Verdict on what the engine needs; not even tried is no. */
static uint8_t verdict_of(const struct doctor *doctor, const char *use)
{
    for (size_t i = 0; i < doctor->count; i++) {
        const struct client_capability *capability = &doctor->findings[i].capability;
        if (capability->capability_class == TOKWIRE_CAPABILITY_USE &&
            strcmp(capability->name, use) == 0) {
            return capability->verdict;
        }
    }
    return TOKWIRE_VERDICT_NO;
}

enum err doctor_judge(const struct client_keystore *keystore, struct bytes capabilities,
                      struct doctor *doctor)
{
    struct tlv_reader reader;
    *doctor = (struct doctor){.keystore = *keystore};
    tlv_reader_init(&reader, capabilities);
    while (!tlv_reader_end(&reader)) {
        if (doctor->count == DOCTOR_FINDINGS_MAX) {
            return ERR_RANGE;
        }
        struct doctor_finding *finding = &doctor->findings[doctor->count];
        enum err err = client_capability_next(&reader, &finding->capability);
        if (err != ERR_OK) {
            return err;
        }
        weigh(finding);
        doctor->count++;
        doctor->reservations += finding->weight == DOCTOR_RESERVATION ? 1 : 0;
        doctor->faults += finding->weight == DOCTOR_UNUSABLE ? 1 : 0;
    }
    bool needed = verdict_of(doctor, USE_CMAC) != TOKWIRE_VERDICT_NO &&
                  verdict_of(doctor, USE_P256) != TOKWIRE_VERDICT_NO;
    doctor->faults += needed || doctor->faults > 0 ? 0 : 1;
    return ERR_OK;
}

bool doctor_usable(const struct doctor *doctor)
{
    return doctor->faults == 0 && doctor->tampered == TOKWIRE_FAULT_NONE;
}

const char *doctor_verdict_name(uint8_t verdict)
{
    static const char *const names[] = {
        [TOKWIRE_VERDICT_NO] = "no",
        [TOKWIRE_VERDICT_YES] = "yes",
        [TOKWIRE_VERDICT_BUILT] = "built",
        [TOKWIRE_VERDICT_UNTOLD] = "untold",
    };
    return verdict < sizeof(names) / sizeof(names[0]) ? names[verdict] : "?";
}

/* --- the row ---------------------------------------------------------------- */

const char doctor_row_head[] =
    "| key store | CMAC | curves | attributes it does not keep | does not refuse | anchor | "
    "tokens | usable |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |";

static void put_cell(struct buf *row, const char *text)
{
    buf_put_str(row, " ");
    for (; *text != '\0'; text++) {
        buf_put_str(row, *text == '|' ? "\\" : "");
        buf_put(row, text, 1);
    }
    buf_put_str(row, " |");
}

/* Names into one cell, each once: two kinds of keys share most attributes. */
static void cell_add(struct buf *cell, const char *name, size_t len)
{
    if (cell->len > 0 && memmem(cell->data, cell->len, name, len) != NULL) {
        return;
    }
    buf_put_str(cell, cell->len > 0 ? ", " : "");
    buf_put(cell, name, len);
}

static void cell_close(struct buf *row, struct buf *cell)
{
    buf_put_str(cell, cell->len == 0 ? "-" : "");
    buf_put_u8(cell, 0);
    if (buf_err(cell) == ERR_OK) {
        put_cell(row, (const char *)cell->data);
    }
    buf_clear(cell);
}

static void put_curves(const struct doctor *doctor, struct buf *row)
{
    static const char *const curves[][2] = {{USE_P256, "P-256"},
                                            {USE_BRAINPOOL, "brainpoolP256r1"}};
    struct buf cell;
    buf_init(&cell, DOCTOR_ROW_MAX);
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
        if (verdict_of(doctor, curves[i][0]) != TOKWIRE_VERDICT_NO) {
            cell_add(&cell, curves[i][1], strlen(curves[i][1]));
        }
    }
    cell_close(row, &cell);
}

static bool is_attribute(const struct client_capability *capability)
{
    return capability->capability_class == TOKWIRE_CAPABILITY_CMAC_KEY ||
           capability->capability_class == TOKWIRE_CAPABILITY_EC_KEY;
}

/* "CKA_COPYABLE false", "CKA_ALLOWED_MECHANISMS, one": the first word. */
static void put_attributes(const struct doctor *doctor, struct buf *row)
{
    struct buf cell;
    buf_init(&cell, DOCTOR_ROW_MAX);
    for (size_t i = 0; i < doctor->count; i++) {
        const struct client_capability *capability = &doctor->findings[i].capability;
        if (is_attribute(capability) && (capability->verdict == TOKWIRE_VERDICT_NO ||
                                         capability->verdict == TOKWIRE_VERDICT_UNTOLD)) {
            cell_add(&cell, capability->name, strcspn(capability->name, " ,"));
        }
    }
    cell_close(row, &cell);
}

static void put_not_refused(const struct doctor *doctor, struct buf *row)
{
    struct buf cell;
    buf_init(&cell, DOCTOR_ROW_MAX);
    for (size_t i = 0; i < doctor->count; i++) {
        const struct client_capability *capability = &doctor->findings[i].capability;
        if (capability->capability_class == TOKWIRE_CAPABILITY_USE &&
            capability->verdict == TOKWIRE_VERDICT_NO &&
            strncmp(capability->name, REFUSES, strlen(REFUSES)) == 0) {
            const char *what = capability->name + strlen(REFUSES);
            cell_add(&cell, what, strlen(what));
        }
    }
    cell_close(row, &cell);
}

/* One of two words, by how the engine has to do it. */
static void put_use(const struct doctor *doctor, const char *use, const char *yes,
                    const char *built, struct buf *row)
{
    uint8_t verdict = verdict_of(doctor, use);
    put_cell(row, verdict == TOKWIRE_VERDICT_YES     ? yes
                  : verdict == TOKWIRE_VERDICT_BUILT ? built
                                                     : "no");
}

enum err doctor_row(const struct doctor *doctor, const char *name, struct buf *row)
{
    buf_put_str(row, "|");
    put_cell(row, name != NULL ? name : doctor->keystore.module);
    put_use(doctor, USE_CMAC, "native", "built", row);
    put_curves(doctor, row);
    put_attributes(doctor, row);
    put_not_refused(doctor, row);
    put_use(doctor, USE_ANCHOR, "data objects", "IDs of keys", row);
    put_use(doctor, USE_TOKENS, "one for each initialisation", "one", row);
    put_cell(row, doctor->faults > 0         ? "no"
                  : doctor->reservations > 0 ? "with reservations"
                                             : "yes");
    return buf_err(row);
}
