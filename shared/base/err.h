/* The error codes every library of the project returns. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* Functions return enum err and write outputs through pointers, which they
 * clear first. A caller handles ERR_OK and passes the rest on; only the
 * boundaries translate (token: status words; module: CKR; line tool: the error
 * NAME of its report). */
enum err {
    ERR_OK = 0,
    ERR_ARGUMENT,    /* the caller broke the function's contract */
    ERR_MEMORY,      /* allocation failed */
    ERR_SYSTEM,      /* a system call failed; errno says why */
    ERR_CRYPTO,      /* the cryptographic library failed */
    ERR_KEYSTORE,    /* the key store refused or failed */
    ERR_DATABASE,    /* SQLite refused or failed */
    ERR_RANGE,       /* a length or value exceeds its stated bounds */
    ERR_TRUNCATED,   /* input ends inside an element */
    ERR_MALFORMED,   /* input is not what its format allows */
    ERR_TAG,         /* another element stands where this one must */
    ERR_NOT_FOUND,   /* no such element, object, row or file */
    ERR_DUPLICATE,   /* it is already there */
    ERR_SIGNATURE,   /* a signature or MAC does not verify */
    ERR_CERT_CHAIN,  /* a certificate does not chain to a trusted CI key */
    ERR_CERT_ROLE,   /* a certificate's policy or key usage is another role's */
    ERR_CERT_DATE,   /* a certificate is expired or not yet valid */
    ERR_CERT_EID,    /* EID outside the EUM's name constraints, or not an EID */
    ERR_MISMATCH,    /* two values that must be equal differ */
    ERR_UNTIMELY,    /* not now: the object's state forbids it */
    ERR_DENIED,      /* never: policy or role forbids it */
    ERR_PIN,         /* wrong PIN */
    ERR_PIN_LOCKED,  /* no tries left */
    ERR_TIMEOUT,     /* the peer did not answer in time */
    ERR_CLOSED,      /* the peer hung up */
    ERR_BUSY,        /* somebody else holds it */
    ERR_REFUSED,     /* the peer understood and said no */
    ERR_UNSUPPORTED, /* valid, but not something this build can do */
    ERR_COUNT
};

/* Lower-case name without the prefix, e.g. "cert_chain"; "unknown" outside the
 * list. Static storage. */
const char *err_name(enum err err);

#endif
