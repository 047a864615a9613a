/* C_Initialize, C_Finalize, C_GetInfo. */
#include "module/entry.h"
#include "module/text.h"

CK_RV C_Initialize(void *init_args)
{
    return module_start(init_args);
}

CK_RV C_Finalize(void *reserved)
{
    return module_stop(reserved == NULL);
}

CK_RV C_GetInfo(CK_INFO *info)
{
    CK_RV rv = module_enter();
    if (rv != CKR_OK) {
        return rv;
    }
    if (info == NULL) {
        rv = CKR_ARGUMENTS_BAD;
    } else {
        *info = (CK_INFO){
            .cryptokiVersion = {CRYPTOKI_VERSION_MAJOR, CRYPTOKI_VERSION_MINOR},
            .libraryVersion = module_text_version(EUICC_LINE_VERSION),
        };
        module_text_pad(info->manufacturerID, sizeof(info->manufacturerID), MODULE_MANUFACTURER);
        module_text_pad(info->libraryDescription, sizeof(info->libraryDescription),
                        "USBKey token middleware");
    }
    module_leave();
    return rv;
}
