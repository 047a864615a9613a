#include "softhsm.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/euicc-line-p11-XXXXXX";

static int entry_remove(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
    (void)stat;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void folder_remove(void)
{
    nftw(folder, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
}

const char *softhsm_module(void)
{
    static const char *const places[] = {"/usr/lib/softhsm/libsofthsm2.so",
                                         "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
                                         "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"};

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (access(places[i], R_OK) == 0) {
            return places[i];
        }
    }
    return NULL;
}

const char *softhsm_path(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

bool softhsm_write(const char *name, const char *text)
{
    FILE *file = fopen(softhsm_path(name), "w");

    return file != NULL && fputs(text, file) >= 0 && fclose(file) == 0;
}

bool softhsm_setup(void)
{
    char text[400];

    if (mkdtemp(folder) == NULL) {
        return false;
    }
    atexit(folder_remove);
    snprintf(text, sizeof(text), "directories.tokendir = %s\nobjectstore.backend = file\n", folder);
    return softhsm_write("softhsm2.conf", text) &&
           setenv("SOFTHSM2_CONF", softhsm_path("softhsm2.conf"), 1) == 0;
}

bool softhsm_token(const char *label)
{
    char command[300];

    snprintf(command, sizeof(command),
             "softhsm2-util --init-token --free --label '%s' --so-pin 87654321 --pin 123456"
             " >/dev/null 2>&1",
             label);
    return system(command) == 0;
}

bool softhsm_tool(const char *label, const char *arguments)
{
    char command[1200];

    snprintf(command, sizeof(command),
             "pkcs11-tool --module %s --token-label '%s' --login --pin 123456 %s >/dev/null 2>&1",
             softhsm_module(), label, arguments);
    return system(command) == 0;
}
