#include "dpplus/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

cJSON *json_object(struct bytes text)
{
    const char *begin = (const char *)text.data, *end = NULL;
    cJSON *value;

    if (text.len == 0) {
        return NULL;
    }
    value = cJSON_ParseWithLengthOpts(begin, text.len, &end, 0);
    while (value != NULL && end < begin + text.len && strchr(" \t\r\n", *end) != NULL &&
           *end != '\0') {
        end++;
    }
    if (value != NULL && (end != begin + text.len || !cJSON_IsObject(value))) {
        cJSON_Delete(value);
        value = NULL;
    }
    return value;
}

enum err json_text(const cJSON *object, const char *name, size_t max, const char **value)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

    *value = NULL;
    if (member == NULL || cJSON_IsNull(member)) {
        return ERR_OK;
    }
    if (!cJSON_IsString(member) || strlen(member->valuestring) > max) {
        return ERR_MALFORMED;
    }
    *value = member->valuestring;
    return ERR_OK;
}

void json_print(const cJSON *value)
{
    char *text = cJSON_PrintUnformatted(value);

    if (text != NULL) {
        puts(text);
    }
    free(text);
}
