#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_SIZE = 1024 };

static const char *log_program = "euicc-line";
static enum log_level log_most = LOG_LEVEL_WARNING;

void log_setup(const char *program, enum log_level most)
{
    log_program = program;
    log_most = most;
}

/* One write per line, so that lines of several threads do not mix. */
static __attribute__((format(printf, 3, 0))) void log_line(enum log_level level, const char *word,
                                                           const char *format, va_list arguments)
{
    char line[LINE_SIZE];
    if (level > log_most) {
        return;
    }
    int head = snprintf(line, sizeof(line) - 1, "%s: %s", log_program, word);
    size_t len = head > 0 ? (size_t)head : 0;
    int body = vsnprintf(line + len, sizeof(line) - 1 - len, format, arguments);
    len += body > 0 ? (size_t)body : 0;
    if (len > sizeof(line) - 2) {
        len = sizeof(line) - 2;
    }
    line[len++] = '\n';
    if (write(STDERR_FILENO, line, len) < 0) {
        return; /* nowhere left to say it */
    }
}

#define LOG_FUNCTION(name, level, word)                                                            \
    void name(const char *format, ...)                                                             \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, format);                                                               \
        log_line(level, word, format, arguments);                                                  \
        va_end(arguments);                                                                         \
    }

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR, "")
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING, "warning: ")
LOG_FUNCTION(log_info, LOG_LEVEL_INFO, "")
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG, "debug: ")
