#include "folder.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "fuzz.h"

enum { PATH_SIZE = 512, FILE_MODE = 0600, FOLDERS_OPEN_MAX = 8 };

static char folder[PATH_SIZE / 2];

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *position)
{
    (void)status;
    (void)type;
    (void)position;
    return remove(path);
}

static void remove_folder(void)
{
    if (nftw(folder, remove_one, FOLDERS_OPEN_MAX, FTW_DEPTH | FTW_PHYS) != 0) {
        fprintf(stderr, "%s stays behind\n", folder);
    }
}

const char *fuzz_folder(void)
{
    static const char memory[] = "/dev/shm";
    if (folder[0] == '\0') {
        snprintf(folder, sizeof(folder), "%s/euicc-line-fuzz-XXXXXX",
                 access(memory, W_OK) == 0 ? memory : "/tmp");
        fuzz_check(mkdtemp(folder) != NULL);
        atexit(remove_folder);
    }
    return folder;
}

const char *fuzz_path(const char *name)
{
    static char path[PATH_SIZE];
    snprintf(path, sizeof(path), "%s/%s", fuzz_folder(), name);
    return path;
}

void fuzz_write_file(const char *path, struct bytes content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
    fuzz_check(fd >= 0 && file_write_all(fd, content.data, content.len) == ERR_OK);
    close(fd);
}
