/* conformance --module SO --token LABEL --pin-file F --so-pin-file F --key LABEL
 *             [--deviates CASE ..]
 *
 * A case the library is known to fail is named, said, and neither run nor counted. */
#include <dlfcn.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

struct conformance under_test;

enum { SLOTS_MAX = 64, CASES_MAX = 256, DEVIATIONS_MAX = 32 };

static const char *deviations[DEVIATIONS_MAX];
static size_t deviation_count;

static const struct test_group *const groups[] = {
    &general_group,    &arguments_group, &slots_group,          &sessions_group,
    &pins_group,       &objects_group,   &data_group,           &attributes_group,
    &operations_group, &digests_group,   &digest_scripts_group, &sign_scripts_group,
    &signatures_group, &threads_group,   &renewal_group,
};

/* Initialises the library and looks for the token. */
static bool find_token(void)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;
    char label[32];
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    memset(label, ' ', sizeof(label));
    memcpy(label, under_test.token_label, strlen(under_test.token_label));
    if (P11->C_Initialize(&args) != CKR_OK ||
        P11->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK) {
        return false;
    }
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info;
        if (P11->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
            memcmp(info.label, label, sizeof(label)) == 0) {
            under_test.slot = slots[i];
            return true;
        }
    }
    return false;
}

void setup(void)
{
    CU_ASSERT_TRUE_FATAL(find_token());
}

void teardown(void)
{
    CKR(P11->C_Finalize(NULL), CKR_OK);
}

CK_SESSION_HANDLE open_session(CK_FLAGS more_flags)
{
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    CKR(P11->C_OpenSession(under_test.slot, CKF_SERIAL_SESSION | more_flags, NULL, NULL, &session),
        CKR_OK);
    return session;
}

CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user)
{
    return user == CKU_SO ? P11->C_Login(session, user, under_test.so_pin, under_test.so_pin_len)
                          : P11->C_Login(session, user, under_test.pin, under_test.pin_len);
}

CK_OBJECT_HANDLE find_first(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
    CK_OBJECT_HANDLE found = CK_INVALID_HANDLE;
    CK_ULONG found_count = 0;
    CKR(P11->C_FindObjectsInit(session, template, count), CKR_OK);
    CKR(P11->C_FindObjects(session, &found, 1, &found_count), CKR_OK);
    CKR(P11->C_FindObjectsFinal(session), CKR_OK);
    return found_count == 1 ? found : CK_INVALID_HANDLE;
}

CK_OBJECT_HANDLE find_key(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class)
{
    char label[64];
    snprintf(label, sizeof(label), "%s", under_test.key_label);
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)},
                               {CKA_LABEL, label, strlen(label)}};
    return find_first(session, template, 2);
}

CK_RV create_data(CK_SESSION_HANDLE session, const char *label, CK_BBOOL token, CK_BBOOL is_private,
                  CK_OBJECT_HANDLE *object)
{
    CK_OBJECT_CLASS class = CKO_DATA;
    char name[64], value[] = "value";
    snprintf(name, sizeof(name), "%s", label);
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof(class)}, {CKA_TOKEN, &token, sizeof(token)},
        {CKA_PRIVATE, &is_private, 1},      {CKA_LABEL, name, strlen(name)},
        {CKA_VALUE, value, strlen(value)},
    };
    return P11->C_CreateObject(session, template, 5, object);
}

int is_padded(const unsigned char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] < 0x20 || text[i] == 0x7F) {
            return 0;
        }
    }
    return 1;
}

/* First line of a file. */
static int read_pin(const char *path, unsigned char *pin, CK_ULONG *len)
{
    char line[64] = "";
    FILE *file = fopen(path, "r");
    int ok = file != NULL && fgets(line, sizeof(line), file) != NULL;
    if (file != NULL) {
        fclose(file);
    }
    *len = strcspn(line, "\r\n");
    memcpy(pin, line, *len);
    return ok;
}

static int load(const char *path)
{
    CK_C_GetFunctionList get_list = NULL;
    void *symbol = NULL;
    under_test.library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (under_test.library != NULL) {
        symbol = dlsym(under_test.library, "C_GetFunctionList");
    }
    /* ISO C has no conversion between the two kinds of pointers. */
    memcpy(&get_list, &symbol, sizeof(get_list));
    return symbol != NULL && get_list(&under_test.p11) == CKR_OK;
}

static bool deviates(const char *name)
{
    for (size_t i = 0; i < deviation_count; i++) {
        if (strcmp(deviations[i], name) == 0) {
            test_note("not run, this library is known to deviate: %s", name);
            return true;
        }
    }
    return false;
}

/* Whether the token has what a group is about. */
static bool has_mechanism(CK_MECHANISM_TYPE type)
{
    CK_MECHANISM_INFO info;
    if (type == NO_MECHANISM) {
        return true;
    }
    bool has = find_token() && P11->C_GetMechanismInfo(under_test.slot, type, &info) == CKR_OK;
    P11->C_Finalize(NULL);
    return has;
}

static size_t collect(struct test_case cases[CASES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        if (!has_mechanism(groups[i]->about)) {
            test_note("left out, the token has no mechanism %#lx: %s and %zu more",
                      groups[i]->about, groups[i]->cases[0].name, groups[i]->count - 1);
            continue;
        }
        for (size_t j = 0; j < groups[i]->count && count < CASES_MAX; j++) {
            if (!deviates(groups[i]->cases[j].name)) {
                cases[count++] = groups[i]->cases[j];
            }
        }
    }
    return count;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"module", required_argument, NULL, 'm'},
        {"token", required_argument, NULL, 't'},
        {"pin-file", required_argument, NULL, 'p'},
        {"key", required_argument, NULL, 'k'},
        {"so-pin-file", required_argument, NULL, 's'},
        {"deviates", required_argument, NULL, 'd'},
        {NULL, 0, NULL, 0},
    };
    static struct test_case cases[CASES_MAX];
    const char *module = NULL, *pin_file = NULL, *so_pin_file = NULL;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        module = c == 'm' ? optarg : module;
        under_test.token_label = c == 't' ? optarg : under_test.token_label;
        under_test.key_label = c == 'k' ? optarg : under_test.key_label;
        pin_file = c == 'p' ? optarg : pin_file;
        so_pin_file = c == 's' ? optarg : so_pin_file;
        if (c == 'd' && deviation_count < DEVIATIONS_MAX) {
            deviations[deviation_count++] = optarg;
        }
    }
    if (module == NULL || under_test.token_label == NULL || under_test.key_label == NULL ||
        pin_file == NULL || so_pin_file == NULL ||
        !read_pin(pin_file, under_test.pin, &under_test.pin_len) ||
        !read_pin(so_pin_file, under_test.so_pin, &under_test.so_pin_len)) {
        fprintf(stderr, "usage: conformance --module SO --token LABEL --pin-file F "
                        "--so-pin-file F --key LABEL [--deviates CASE ..]\n");
        return 1;
    }
    if (!load(module)) {
        fprintf(stderr, "conformance: %s: no PKCS#11 library\n", module);
        return 1;
    }
    return test_main("conformance", cases, collect(cases));
}
