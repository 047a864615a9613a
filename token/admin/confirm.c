#include "admin/confirm.h"

#include <string.h>

#include "admin/admin.h"

enum { ANSWER_SIZE = 16 };

/* One line, its end stripped; of a longer one the beginning. */
static bool read_answer(FILE *tty, char answer[ANSWER_SIZE])
{
    size_t len = 0;
    int byte;
    while ((byte = fgetc(tty)) != EOF && byte != '\n') {
        if (len + 1 < ANSWER_SIZE) {
            answer[len++] = (char)byte;
        }
    }
    answer[len] = '\0';
    return byte != EOF;
}

int confirm(const char *question, const char *option)
{
    char answer[ANSWER_SIZE] = "";
    FILE *in = fopen("/dev/tty", "re");
    FILE *out = in != NULL ? fopen("/dev/tty", "we") : NULL;
    bool there = out != NULL;
    while (there && strcmp(answer, "yes") != 0 && strcmp(answer, "no") != 0) {
        fprintf(out, "%s (yes or no): ", question);
        fflush(out);
        there = read_answer(in, answer);
    }
    if (in != NULL) {
        fclose(in);
    }
    if (out != NULL) {
        fclose(out);
    }
    if (!there) {
        return admin_usage("this has to be confirmed on a terminal, or with %s", option);
    }
    return strcmp(answer, "yes") == 0 ? ADMIN_OK : admin_usage("nothing was done");
}
