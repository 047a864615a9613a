#include "cli/output.h"

#include <stdio.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/log.h"

enum { BAR_WIDTH = 40, RESULT_TEXT_MAX = 64 * 1024 };

int output_failure(const struct failure *failure, const char *port, const struct eid *eid)
{
    char digits[EID_TEXT_SIZE];
    log_error("%s%s%s%s%s%s (%s). %s", port != NULL ? port : "", port != NULL ? ": " : "",
              eid != NULL ? "EID " : "", eid != NULL ? eid_text(eid, digits) : "",
              eid != NULL ? ": " : "", failure->detail, failure_name(failure->kind),
              failure_advice(failure->kind));
    return (int)failure_exit_code(failure->kind);
}

void output_json(cJSON *object)
{
    char *text = cJSON_PrintUnformatted(object);
    if (text != NULL) {
        printf("%s\n", text);
        fflush(stdout);
    }
    cJSON_free(text);
    cJSON_Delete(object);
}

void output_report(const struct load_report *report, const char *port)
{
    char eid[EID_TEXT_SIZE];
    char iccid[ICCID_TEXT_SIZE];
    const struct euicc_traffic *traffic = &report->traffic;
    if (!report->downloaded || report->failure.kind != FAILURE_NONE) {
        printf("FAIL  port %s%s%s\n", port, report->has_eid ? "  EID " : "",
               report->has_eid ? eid_text(&report->eid, eid) : "");
        fflush(stdout);
        output_failure(&report->failure, port, report->has_eid ? &report->eid : NULL);
        return;
    }
    printf("PASS  port %s  EID %s  ICCID %s%s%s\n", port, eid_text(&report->eid, eid),
           iccid_text(&report->iccid, iccid), report->already ? "  (downloaded before)" : "",
           report->enabled ? "  enabled" : "");
    printf("      %.2f s, %u APDUs, %llu bytes to the modem, %llu bytes from it\n", report->seconds,
           traffic->apdus, (unsigned long long)traffic->tx_bytes,
           (unsigned long long)traffic->rx_bytes);
    fflush(stdout);
}

static void add_identity(cJSON *object, const struct load_report *report)
{
    char eid[EID_TEXT_SIZE];
    char iccid[ICCID_TEXT_SIZE];
    if (report->has_eid) {
        cJSON_AddStringToObject(object, "eid", eid_text(&report->eid, eid));
    } else {
        cJSON_AddNullToObject(object, "eid");
    }
    if (report->has_iccid) {
        cJSON_AddStringToObject(object, "iccid", iccid_text(&report->iccid, iccid));
    }
}

static void add_figures(cJSON *object, const struct load_report *report)
{
    cJSON_AddNumberToObject(object, "seconds", report->seconds);
    cJSON_AddNumberToObject(object, "apdus", report->traffic.apdus);
    cJSON_AddNumberToObject(object, "tx_bytes", (double)report->traffic.tx_bytes);
    cJSON_AddNumberToObject(object, "rx_bytes", (double)report->traffic.rx_bytes);
    cJSON_AddNumberToObject(object, "binding_us", (double)report->binding_us);
    cJSON_AddNumberToObject(object, "token_us", (double)report->token_us);
}

static void add_result(cJSON *object, struct bytes result)
{
    struct buf text;
    if (result.len == 0) {
        return;
    }
    buf_init(&text, RESULT_TEXT_MAX);
    hex_put(&text, result);
    buf_put_u8(&text, 0);
    if (buf_err(&text) == ERR_OK) {
        cJSON_AddStringToObject(object, "pir", (const char *)text.data);
    }
    buf_clear(&text);
}

static void add_failure(cJSON *object, const struct failure *failure)
{
    cJSON_AddStringToObject(object, "error", failure_name(failure->kind));
    cJSON_AddStringToObject(object, "stage", stage_name(failure->stage));
    cJSON_AddStringToObject(object, "detail", failure->detail);
    cJSON_AddStringToObject(object, "advice", failure_advice(failure->kind));
    if (failure->sw != 0) {
        char sw[8];
        snprintf(sw, sizeof(sw), "%04X", (unsigned)failure->sw & 0xFFFF);
        cJSON_AddStringToObject(object, "sw", sw);
    }
    if (failure->result_code >= 0) {
        cJSON_AddNumberToObject(object, "result_code", failure->result_code);
    }
}

void output_report_json(const struct load_report *report, const char *port)
{
    cJSON *object = cJSON_CreateObject();
    bool good = report->downloaded && report->failure.kind == FAILURE_NONE;
    cJSON_AddStringToObject(object, "result", good ? "downloaded" : "failed");
    if (!good) {
        add_failure(object, &report->failure);
    }
    add_identity(object, report);
    add_figures(object, report);
    if (good) {
        cJSON_AddBoolToObject(object, "already", report->already);
        cJSON_AddBoolToObject(object, "enabled", report->enabled);
    }
    add_result(object, buf_bytes(&report->result));
    cJSON_AddStringToObject(object, "port", port);
    output_json(object);
}

static void show_progress(void *context, size_t done, size_t total)
{
    char bar[BAR_WIDTH + 1];
    (void)context;
    if (total == 0 || !isatty(STDERR_FILENO)) {
        return;
    }
    size_t filled = done * BAR_WIDTH / total;
    for (size_t i = 0; i < BAR_WIDTH; i++) {
        bar[i] = i < filled ? '#' : '.';
    }
    bar[BAR_WIDTH] = '\0';
    fprintf(stderr, "\r[%s] %3zu%%%s", bar, done * 100 / total, done == total ? "\n" : "");
}

const struct bpp_progress output_progress = {.step = show_progress};
