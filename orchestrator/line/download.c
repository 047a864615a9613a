#include "line/download.h"

enum { ANSWER_MAX = ES10_RESPONSE_MAX };

void download_init(struct download *download, struct station *station, struct load_report *report)
{
    *download = (struct download){
        .station = station,
        .report = report,
        .failure = {.result_code = -1},
    };
    buf_init(&download->authenticate_raw, ANSWER_MAX);
    buf_init(&download->prepare_raw, ANSWER_MAX);
    buf_init(&download->result, ANSWER_MAX);
}

void download_clear(struct download *download)
{
    buf_clear(&download->authenticate_raw);
    buf_clear(&download->prepare_raw);
    buf_clear(&download->result);
    buf_clear(&download->bpp);
    ledger_package_clear(&download->package);
    cert_free(&download->euicc);
    cert_free(&download->eum);
}

bool download_euicc_failure(struct download *download, enum err err, enum failure_kind refused)
{
    return device_failure(&download->device, err, refused, &download->failure);
}

bool download_token_failure(struct download *download, enum err err)
{
    return line_token_failure(&download->failure, err,
                              p11_session_failure(download->station->session));
}
