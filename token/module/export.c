/* The symbol by which a PKCS#11 library is found. It is here so that a library
 * with another transport can have its own; the others are exported where they
 * are (exports.map). */
#include "module/function_list.h"

__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list);

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
    return module_get_function_list(list);
}
