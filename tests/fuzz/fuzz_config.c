/* Both configuration files: the station's and that of an export. */
#include "dpplus/config.h"
#include "folder.h"
#include "input.h"
#include "line/config.h"

static void check_station(const char *path)
{
    static struct config config;
    char detail[CONFIG_DETAIL_SIZE];
    if (config_load(path, &config, detail) != ERR_OK) {
        fuzz_check(detail[0] != '\0' && memchr(detail, '\0', sizeof(detail)) != NULL);
        return;
    }
    const char *const texts[] = {config.module,   config.token,          config.pin_file,
                                 config.database, config.server_address, config.batch_trust};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        fuzz_check(memchr(texts[i], '\0', CONFIG_TEXT_SIZE) != NULL);
    }
    fuzz_check(config.module[0] != '\0' && config.database[0] != '\0');
    fuzz_check(config.port_count <= CONFIG_PORTS_MAX && config.baud >= 1);
    fuzz_check(config.attempts_max >= 1 && config.apdu_timeout_ms >= 1);
}

static void check_export(const char *path)
{
    struct dp_config config;
    struct dp_failure failure = {.text = ""};
    if (dp_config_load(path, &config, &failure) != ERR_OK) {
        fuzz_check(failure.text[0] != '\0' && config.json == NULL);
        fuzz_check(memchr(failure.text, '\0', sizeof(failure.text)) != NULL);
        return;
    }
    fuzz_check(config.module[0] != '\0' && config.token[0] != '\0');
    fuzz_check(config.root_key_version <= UINT8_MAX && config.ci_count <= DP_CI_MAX);
    for (size_t i = 0; i < config.ci_count; i++) {
        fuzz_check(config.ci[i][0] != '\0');
    }
    dp_config_clear(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_path("config.json");
    fuzz_write_file(path, bytes_make(data, size));
    check_station(path);
    check_export(path);
    return 0;
}
