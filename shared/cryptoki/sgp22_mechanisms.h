/* Vendor mechanisms, key type and attributes of the USBKey's PKCS#11 face
 * (design.md section 4). A client needs this header and pkcs11.h, no more.
 *
 * Numbers carry "SGP" (0x534750) so that they stay clear of the vendor range
 * others use from CKM_VENDOR_DEFINED + 1 on. */
#ifndef CRYPTOKI_SGP22_MECHANISMS_H
#define CRYPTOKI_SGP22_MECHANISMS_H

#include <p11-kit/pkcs11.h>

#define CKM_SGP22_BASE (CKM_VENDOR_DEFINED | 0x00534750UL << 4)
/* C_DeriveKey on a one-time private key, parameter ck_sgp22_ecka_params:
 * session keys for an attested eUICC. */
#define CKM_SGP22_ECKA (CKM_SGP22_BASE | 1UL)
/* C_DeriveKey on a root key, parameter ck_sgp22_ppk_params: the PPK set. */
#define CKM_SGP22_PPK (CKM_SGP22_BASE | 2UL)
/* No parameter. C_Encrypt: a whole command to its segments ('87' under session
 * keys, '86' under a PPK set). C_Sign: the 8-byte MAC of an '88' segment.
 * C_WrapKey: session keys wrap a PPK set into the '87' of ReplaceSessionKeys. */
#define CKM_SGP22_BSP (CKM_SGP22_BASE | 3UL)

/* Key type of session keys and PPK sets. */
#define CKK_SGP22_BSP (CKK_VENDOR_DEFINED | 0x00534750UL << 4 | 1UL)

/* Read-only attributes of CKK_SGP22_BSP keys. */
#define CKA_SGP22_EID (CKA_VENDOR_DEFINED | 0x00534750UL << 4 | 1UL)   /* 16 bytes */
#define CKA_SGP22_ICCID (CKA_VENDOR_DEFINED | 0x00534750UL << 4 | 2UL) /* 10 bytes, PPK set */
#define CKA_SGP22_TRANSACTION_ID (CKA_VENDOR_DEFINED | 0x00534750UL << 4 | 3UL) /* session keys */

/* The eUICC's evidence. The engine checks CERT.EUICC <- CERT.EUM <- a trusted
 * CI, and euiccSignature2 over euiccSigned2 || the smdpSignature2 it made
 * itself for the same transactionId in this login; EID and otPK.EUICC come
 * from there and nowhere else. All pointers are borrowed for the call. */
struct ck_sgp22_ecka_params {
    CK_BYTE_PTR euicc_certificate; /* DER */
    CK_ULONG euicc_certificate_len;
    CK_BYTE_PTR eum_certificate; /* DER */
    CK_ULONG eum_certificate_len;
    CK_BYTE_PTR euicc_signed2; /* data object 30.., as received */
    CK_ULONG euicc_signed2_len;
    CK_BYTE_PTR euicc_signature2; /* 64 bytes, r || s */
    CK_ULONG euicc_signature2_len;
    CK_BYTE_PTR host_id; /* 1..16 bytes; goes into the CRT and the KDF */
    CK_ULONG host_id_len;
};

struct ck_sgp22_ppk_params {
    CK_BYTE eid[16];
    CK_BYTE iccid[10];    /* as in EF.ICCID: nibble swapped */
    CK_BYTE_PTR batch_id; /* 0 or 16 bytes, for the journal */
    CK_ULONG batch_id_len;
};

#endif
