/* KEYSTORE INFO: what the key store is, and can. */
#include <string.h>

#include "engine/internal.h"
#include "tlv/tlv.h"

enum { FINDINGS_MAX = 8 * 1024 };

_Static_assert((int)KEYSTORE_USE == (int)TOKWIRE_CAPABILITY_USE &&
                   (int)KEYSTORE_MECHANISM == (int)TOKWIRE_CAPABILITY_MECHANISM,
               "the wire's classes are the key store's subjects");
_Static_assert((int)KEYSTORE_YES == (int)TOKWIRE_VERDICT_YES &&
                   (int)KEYSTORE_UNTOLD == (int)TOKWIRE_VERDICT_UNTOLD,
               "the wire's verdicts are the key store's");

static enum err put_finding(void *context, enum keystore_subject subject,
                            enum keystore_verdict verdict, const char *name)
{
    struct buf *out = context;
    size_t len = strlen(name);
    if (len > TOKWIRE_CAPABILITY_MAX - 2) {
        return ERR_RANGE;
    }
    tlv_put_header(out, TOKWIRE_F_CAPABILITY, 2 + len);
    buf_put_u8(out, (uint8_t)subject);
    buf_put_u8(out, (uint8_t)verdict);
    buf_put_str(out, name);
    return buf_err(out);
}

/* A store may leave its texts empty; the wire's are not. */
static const char *told(const char *text)
{
    return text[0] != '\0' ? text : "-";
}

uint16_t cmd_keystore_info(struct command *command)
{
    struct buf findings;
    struct keystore_report report = {.finding = put_finding, .context = &findings};
    buf_init(&findings, FINDINGS_MAX);
    enum err err = keystore_describe(command->engine->store, &report);
    if (err == ERR_OK) {
        tlv_put_str(command->out, TOKWIRE_F_MODULE, told(report.module));
        tlv_put_str(command->out, TOKWIRE_F_TOKEN, told(report.token));
        buf_put_bytes(command->out, buf_bytes(&findings));
    }
    buf_clear(&findings);
    return sw_of_err(err);
}
