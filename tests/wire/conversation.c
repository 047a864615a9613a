#include "conversation.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/hex.h"
#include "euicc/es10b.h"
#include "euicc/es10c.h"
#include "link/modem.h"

enum { LINE_SIZE = 512, ABSENT_NOTIFICATION = 200 };

/* Waits that a recording from a slow machine still meets; a replay never waits. */
static const struct modem_timeouts timeouts = {2000, 2000, 2000};

static void say(struct buf *report, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct buf *report, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    buf_put_str(report, line);
    buf_put_u8(report, '\n');
}

/* What came of one function. */
static void say_result(struct buf *report, const char *name, enum err err, const struct isdr *isdr)
{
    say(report, "%s: %s sw %04X code %d%s%s", name, err_name(err), isdr->sw, isdr->result_code,
        isdr->detail[0] != '\0' ? " " : "", isdr->detail);
}

static void read_identity(struct isdr *isdr, struct buf *report)
{
    char hex[2 * CHALLENGE_SIZE + 1];
    char text[EID_TEXT_SIZE];
    uint8_t challenge[CHALLENGE_SIZE];
    struct eid eid;

    enum err err = es10c_get_eid(isdr, &eid);
    say_result(report, "GetEID", err, isdr);
    if (err == ERR_OK) {
        say(report, "  %s", eid_text(&eid, text));
    }
    err = es10b_get_euicc_challenge(isdr, challenge);
    say_result(report, "GetEUICCChallenge", err, isdr);
    say(report, "  %s", hex_encode(BYTES_OF(challenge), hex));
}

static void read_infos(struct isdr *isdr, struct buf *report)
{
    struct euicc_info1 info1;
    struct euicc_info2 info2;
    struct buf raw;

    say_result(report, "GetEUICCInfo1", es10b_get_euicc_info1(isdr, &info1), isdr);
    say(report, "  %zu CI for verification, %zu for signing", info1.for_verification.count,
        info1.for_signing.count);
    buf_init(&raw, ES10_RESPONSE_MAX);
    say_result(report, "GetEUICCInfo2", es10b_get_euicc_info2(isdr, &info2, &raw), isdr);
    say(report, "  %zu bytes, SVN %u.%u.%u", raw.len, info2.svn[0], info2.svn[1], info2.svn[2]);
    buf_clear(&raw);
}

static void read_profiles(struct isdr *isdr, struct buf *report)
{
    char text[ICCID_TEXT_SIZE];
    struct profile_list list;

    say_result(report, "GetProfilesInfo", es10c_get_profiles_info(isdr, &list), isdr);
    for (size_t i = 0; i < list.count; i++) {
        const struct profile_info *item = &list.item[i];
        say(report, "  %s %s class %d %s, %s", iccid_text(&item->iccid, text),
            item->enabled ? "enabled" : "disabled", item->profile_class, item->service_provider,
            item->name);
    }
}

static void read_notifications(struct isdr *isdr, struct buf *report)
{
    struct notification_list list;
    struct buf raw;

    buf_init(&raw, ES10_RESPONSE_MAX);
    say_result(report, "ListNotification", es10b_list_notification(isdr, &list), isdr);
    for (size_t i = 0; i < list.count; i++) {
        enum err err = es10b_retrieve_notification(isdr, list.item[i].seq_number, &raw);
        say(report, "  %llu event %d: %s, %zu bytes", (unsigned long long)list.item[i].seq_number,
            (int)list.item[i].event, err_name(err), raw.len);
    }
    say_result(report, "RetrieveNotificationsList",
               es10b_retrieve_notification(isdr, ABSENT_NOTIFICATION, &raw), isdr);
    say_result(report, "NotificationSent", es10b_notification_sent(isdr, ABSENT_NOTIFICATION),
               isdr);
    buf_clear(&raw);
}

/* Requests the eUICC must refuse. */
static void be_refused(struct isdr *isdr, struct buf *report)
{
    static const uint8_t transaction_id[] = {0x01, 0x02, 0x03, 0x04};
    struct iccid iccid;

    say_result(report, "CancelSession",
               es10b_cancel_session(isdr, BYTES_OF(transaction_id), CANCEL_POSTPONED), isdr);
    if (iccid_parse("89999999999999999990", &iccid) == ERR_OK) {
        say_result(report, "EnableProfile", es10c_enable_profile(isdr, &iccid, false), isdr);
    }
}

void conversation_run(struct port *port, struct buf *report)
{
    char detail[PORT_DETAIL_SIZE];
    char imei[16];
    struct modem *modem;
    struct isdr isdr;

    enum err err = modem_open(port, &timeouts, &modem, detail);
    if (err != ERR_OK) {
        say(report, "modem: %s %s", err_name(err), detail);
        return;
    }
    say(report, "modem: %s", modem_dialect(modem));
    struct euicc_transport *transport = modem_transport(modem);
    err = isdr_open(&isdr, transport);
    say_result(report, "ISD-R", err, &isdr);
    if (err == ERR_OK) {
        read_identity(&isdr, report);
        read_infos(&isdr, report);
        read_profiles(&isdr, report);
        read_notifications(&isdr, report);
        be_refused(&isdr, report);
        err = modem_imei(modem, imei);
        say(report, "IMEI: %s %s", err_name(err), imei);
    }
    isdr_close(&isdr);
    say(report, "%u APDUs, %llu bytes out, %llu bytes in", transport->traffic.apdus,
        (unsigned long long)transport->traffic.tx_bytes,
        (unsigned long long)transport->traffic.rx_bytes);
    modem_close(&modem);
}
