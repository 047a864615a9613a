#include "dpplus/failure.h"

#include <stdarg.h>
#include <stdio.h>

enum err dp_fail(struct dp_failure *failure, enum dp_area area, enum err err, const char *format,
                 ...)
{
    va_list args;

    failure->area = area;
    va_start(args, format);
    vsnprintf(failure->text, sizeof(failure->text), format, args);
    va_end(args);
    return err;
}
