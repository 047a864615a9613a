/* upp-sample: writes a sample profile package. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/secret.h"
#include "upp/sample.h"

enum { EXIT_USAGE = 1 };

static const char usage[] =
    "usage: upp-sample --iccid N [--size-hint BYTES] --out FILE\n"
    "Writes a profile package for the test network 001-01 with random keys that no\n"
    "network knows.\n"
    "  --iccid N          18 to 20 digits\n"
    "  --size-hint BYTES  about this size; default 12288\n"
    "  --out FILE         where to write it\n";

/* Decimal, whole text, up to max. */
static bool number_parse(const char *text, size_t max, size_t *value)
{
    char *end;
    unsigned long long parsed = strtoull(text, &end, 10);

    *value = (size_t)parsed;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && parsed <= max;
}

static int sample_write(struct upp_sample *sample, const char *path)
{
    struct buf upp;
    enum err err;

    buf_init(&upp, UPP_SAMPLE_SIZE_MAX + 4096);
    err = upp_keys_generate(&sample->keys);
    if (err == ERR_OK) {
        err = upp_sample_encode(sample, &upp);
    }
    if (err == ERR_OK) {
        err = file_replace(path, buf_bytes(&upp), 0600);
    }
    if (err != ERR_OK) {
        fprintf(stderr, "upp-sample: %s: %s\n", path,
                err == ERR_SYSTEM ? "cannot write" : err_name(err));
    } else {
        printf("%s: %zu bytes\n", path, upp.len);
    }
    buf_clear(&upp);
    secret_zero(&sample->keys, sizeof(sample->keys));
    return err == ERR_OK ? EXIT_SUCCESS : EXIT_USAGE;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"iccid", required_argument, NULL, 'i'}, {"size-hint", required_argument, NULL, 's'},
        {"out", required_argument, NULL, 'o'},   {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},     {0},
    };
    struct upp_sample sample = {0};
    const char *iccid = NULL, *out = NULL;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'i':
            iccid = optarg;
            break;
        case 'o':
            out = optarg;
            break;
        case 's':
            if (!number_parse(optarg, UPP_SAMPLE_SIZE_MAX, &sample.size_hint)) {
                fprintf(stderr, "upp-sample: --size-hint takes a number up to %d\n",
                        UPP_SAMPLE_SIZE_MAX);
                return EXIT_USAGE;
            }
            break;
        case 'h':
            fputs(usage, stdout);
            return EXIT_SUCCESS;
        case 'V':
            puts("upp-sample " EUICC_LINE_VERSION);
            return EXIT_SUCCESS;
        default:
            fputs(usage, stderr);
            return EXIT_USAGE;
        }
    }
    if (iccid == NULL || out == NULL || optind != argc) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (iccid_parse(iccid, &sample.iccid) != ERR_OK) {
        fprintf(stderr, "upp-sample: \"%s\" is no ICCID of 18 to 20 digits\n", iccid);
        return EXIT_USAGE;
    }
    return sample_write(&sample, out);
}
