/* station.json (design.md section 8). */
#ifndef LINE_CONFIG_H
#define LINE_CONFIG_H

#include "base/bytes.h"

enum { CONFIG_TEXT_SIZE = 1024, CONFIG_PORTS_MAX = 32, CONFIG_DETAIL_SIZE = 256 };

struct config {
    char module[CONFIG_TEXT_SIZE];   /* path, or a module p11-kit is configured for */
    char token[CONFIG_TEXT_SIZE];    /* RFC 7512 URI */
    char pin_file[CONFIG_TEXT_SIZE]; /* empty: the URI's pin-source */
    char database[CONFIG_TEXT_SIZE];
    char server_address[CONFIG_TEXT_SIZE];
    char batch_trust[CONFIG_TEXT_SIZE];
    unsigned baud; /* default 115200 */
    size_t port_count;
    char ports[CONFIG_PORTS_MAX][CONFIG_TEXT_SIZE];
    bool enable_profile;      /* default false */
    unsigned attempts_max;    /* failed downloads of one profile; default 5 */
    unsigned apdu_timeout_ms; /* longest wait for the eUICC's answer; default 30,000 */
};

/* Reads the file; relative paths in it are taken from its own folder. Unknown
 * keys, wrong types and missing module, token, database, server_address or
 * batch_trust are errors, which detail (CONFIG_DETAIL_SIZE bytes) names. */
enum err config_load(const char *path, struct config *config, char *detail);

#endif
