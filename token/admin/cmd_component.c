/* component generate, component check: the custodians' work. Neither talks to an
 * engine. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "admin/admin.h"
#include "admin/component.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hex.h"
#include "crypto/kdf.h"

static const char *out_path;
static bool print_page;
static struct option_list component_files;

static const struct option_row generate_options[] = {
    {.name = "out", .value = &out_path},
    {.name = "print", .flag = &print_page},
    {.name = NULL},
};

static const struct option_row check_options[] = {
    {.name = "component-file", .list = &component_files},
    {.name = NULL},
};

enum { PAGE_MAX = 4096 };

/* --- generate --------------------------------------------------------------- */

/* One line of digits in a file of its owner's alone, which was not there before. */
static int write_file(const struct secret *component)
{
    struct buf line;
    int fd = open(out_path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) {
        return admin_usage("%s exists: a component is not overwritten", out_path);
    }
    if (fd < 0) {
        return admin_usage("%s: %s", out_path, strerror(errno));
    }
    buf_init(&line, 2 * TOKWIRE_COMPONENT_SIZE + 1);
    hex_put(&line, secret_bytes(component));
    buf_put_str(&line, "\n");
    enum err err = buf_err(&line);
    if (err == ERR_OK) {
        err = file_write_all(fd, line.data, line.len);
    }
    bool kept = err == ERR_OK && fsync(fd) == 0;
    kept = close(fd) == 0 && kept;
    buf_clear(&line);
    if (!kept) {
        unlink(out_path);
        return admin_usage("%s: cannot write", out_path);
    }
    return ADMIN_OK;
}

/* Past the C library's buffers, which nobody zeroes. */
static int write_page(int fd, const struct secret *component)
{
    struct buf page;
    char date[CLOCK_TEXT_SIZE];
    buf_init(&page, PAGE_MAX);
    enum err err = component_page(component, clock_text(time(NULL), date), &page);
    if (err == ERR_OK) {
        err = file_write_all(fd, page.data, page.len);
    }
    buf_clear(&page);
    return err == ERR_OK ? ADMIN_OK : admin_usage("the page could not be written");
}

static int show_page(const struct secret *component)
{
    if (print_page) {
        return write_page(STDOUT_FILENO, component);
    }
    int tty = open("/dev/tty", O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (tty < 0) {
        return admin_usage("a component is shown on a terminal, of which there is none: give "
                           "--out F, or --print for the page on standard output");
    }
    int code = write_page(tty, component);
    close(tty);
    return code;
}

static int print_check_value(const char *what, const struct secret *key)
{
    uint8_t check_value[TOKWIRE_CHECK_VALUE_SIZE];
    char text[ADMIN_CHECK_VALUE_TEXT];
    if (crypto_check_value(secret_bytes(key), check_value) != ERR_OK) {
        return admin_usage("%s: no check value could be computed", what);
    }
    printf("%s: check value %s\n", what, admin_check_value(check_value, text));
    return ADMIN_OK;
}

static int run_generate(struct admin *admin, const struct admin_command *command, int argc,
                        char **argv)
{
    struct secret component = {.len = TOKWIRE_COMPONENT_SIZE};
    int code = admin_parse(command, argc, argv, NULL);
    (void)admin;
    if (code != ADMIN_OK) {
        return code;
    }
    if (crypto_random(component.data, component.len) != ERR_OK) {
        code = admin_usage("no random number");
    }
    if (code == ADMIN_OK && out_path != NULL) {
        code = write_file(&component);
    }
    if (code == ADMIN_OK && (print_page || out_path == NULL)) {
        code = show_page(&component);
    }
    if (code == ADMIN_OK && !print_page) {
        code = print_check_value(out_path != NULL ? out_path : "component", &component);
    }
    secret_clear(&component);
    return code;
}

/* --- check ------------------------------------------------------------------ */

static int print_set(const struct component_set *set)
{
    int code = ADMIN_OK;
    for (size_t i = 0; i < set->count && code == ADMIN_OK; i++) {
        code = print_check_value(component_files.values[i], &set->components[i]);
    }
    if (code == ADMIN_OK && set->count >= COMPONENTS_MIN) {
        struct secret root = {0};
        component_set_combine(set, &root);
        code = print_check_value("root key of these components", &root);
        secret_clear(&root);
    }
    return code;
}

static int run_check(struct admin *admin, const struct admin_command *command, int argc,
                     char **argv)
{
    struct component_set set = {.count = 0};
    int code = admin_parse(command, argc, argv, NULL);
    (void)admin;
    if (code == ADMIN_OK && component_files.count == 0) {
        code = admin_usage("component check needs --component-file F");
    }
    code = code == ADMIN_OK ? component_set_read(&component_files, &set) : code;
    code = code == ADMIN_OK ? print_set(&set) : code;
    component_set_clear(&set);
    return code;
}

const struct admin_command cmd_component_generate = {
    .words = {"component", "generate"},
    .usage = "[--out F] [--print]",
    .help = "makes one component of a root key, 32 random bytes: in a file of mode 0600, or as\n"
            "      the page for its envelope, on the terminal; --print puts that page on standard\n"
            "      output, for a printer. Talks to no engine",
    .options = generate_options,
    .run = run_generate,
};

const struct admin_command cmd_component_check = {
    .words = {"component", "check"},
    .usage = "--component-file F [--component-file F ..]",
    .help = "shows the check value of a component, the first 5 bytes of AES-CMAC over 16 zero\n"
            "      bytes; of several also that of the root key they make. Talks to no engine",
    .options = check_options,
    .run = run_check,
};
