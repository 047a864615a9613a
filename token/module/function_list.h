/* The table of functions a client calls through. */
#ifndef MODULE_FUNCTION_LIST_H
#define MODULE_FUNCTION_LIST_H

#include <p11-kit/pkcs11.h>

CK_RV module_get_function_list(CK_FUNCTION_LIST_PTR_PTR list);

#endif
