#include "module/operation.h"

void module_operation_end(struct module_operation *operation)
{
    buf_clear(&operation->data);
    EVP_MD_CTX_free(operation->digest);
    *operation = (struct module_operation){.kind = MODULE_NO_OPERATION};
}

CK_RV module_operation_single(struct module_operation *operation)
{
    if (operation->way == MODULE_WAY_PARTS) {
        return CKR_OPERATION_ACTIVE;
    }
    operation->way = MODULE_WAY_SINGLE;
    return CKR_OK;
}

CK_RV module_operation_update(struct module_operation *operation)
{
    if (!operation->mechanism->multi_part) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    operation->way = MODULE_WAY_PARTS;
    return CKR_OK;
}

CK_RV module_operation_final(const struct module_operation *operation)
{
    if (!operation->mechanism->multi_part) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    return operation->way == MODULE_WAY_SINGLE ? CKR_OPERATION_ACTIVE : CKR_OK;
}

CK_RV module_operation_gather(struct module_operation *operation, struct bytes part)
{
    buf_put_bytes(&operation->data, part);
    enum err err = buf_err(&operation->data);
    return err == ERR_OK ? CKR_OK : err == ERR_RANGE ? CKR_DATA_LEN_RANGE : CKR_HOST_MEMORY;
}

bool module_output_fits(const void *out, CK_ULONG *len, size_t needed, CK_RV *rv)
{
    CK_ULONG room = *len;
    *len = needed;
    *rv = out != NULL && room < needed ? CKR_BUFFER_TOO_SMALL : CKR_OK;
    return out != NULL && room >= needed;
}
