#include "support/vectors.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "support/test.h"

enum { JSON_MAX = 8 * 1024 * 1024, COMMAND_SIZE = 8192, ANSWER_SIZE = 65536 };

cJSON *test_json(const char *relative)
{
    struct buf content;
    const char *path = test_data(relative);
    if (path == NULL) {
        test_note("published set %s is not here: the vectors in the test alone were used",
                  relative);
        return NULL;
    }
    buf_init(&content, JSON_MAX);
    CU_ASSERT_EQUAL_FATAL(file_read(path, &content), ERR_OK);
    cJSON *json = cJSON_ParseWithLength((const char *)content.data, content.len);
    buf_clear(&content);
    CU_ASSERT_PTR_NOT_NULL_FATAL(json);
    return json;
}

const char *test_json_text(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    CU_ASSERT_PTR_NOT_NULL(text);
    return text != NULL ? text : "";
}

struct bytes test_json_hex(const cJSON *object, const char *name)
{
    return test_hex(test_json_text(object, name));
}

struct bytes test_command_hex(const char *format, ...)
{
    char command[COMMAND_SIZE];
    static char answer[ANSWER_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    CU_ASSERT_FATAL(len > 0 && (size_t)len < sizeof(command));
    FILE *pipe = popen(command, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(pipe);
    size_t got = fread(answer, 1, sizeof(answer) - 1, pipe);
    answer[got] = '\0';
    CU_ASSERT_EQUAL(pclose(pipe), 0);
    return test_hex(answer);
}
