/* Tags of SGP.22 messages, grouped by where they stand. */
#ifndef SGP22_TAGS_H
#define SGP22_TAGS_H

enum sgp22_tag {
    /* universal */
    TAG_BOOLEAN = 0x01,
    TAG_INTEGER = 0x02,
    TAG_OCTET_STRING = 0x04,
    TAG_OBJECT_IDENTIFIER = 0x06,
    TAG_UTF8_STRING = 0x0C,
    TAG_SEQUENCE = 0x30,

    /* ES10 functions: the tag of request and response (SGP.22 5.7) */
    TAG_EUICC_INFO1 = 0xBF20,
    TAG_PREPARE_DOWNLOAD = 0xBF21,
    TAG_EUICC_INFO2 = 0xBF22,
    TAG_INITIALISE_SECURE_CHANNEL = 0xBF23,
    TAG_CONFIGURE_ISDP = 0xBF24,
    TAG_STORE_METADATA = 0xBF25,
    TAG_REPLACE_SESSION_KEYS = 0xBF26,
    TAG_PROFILE_INSTALLATION_RESULT_DATA = 0xBF27,
    TAG_LIST_NOTIFICATION = 0xBF28,
    TAG_SET_NICKNAME = 0xBF29,
    TAG_RETRIEVE_NOTIFICATIONS_LIST = 0xBF2B,
    TAG_PROFILES_INFO = 0xBF2D,
    TAG_EUICC_CHALLENGE = 0xBF2E,
    TAG_NOTIFICATION_METADATA = 0xBF2F,
    TAG_NOTIFICATION_SENT = 0xBF30,
    TAG_ENABLE_PROFILE = 0xBF31,
    TAG_DISABLE_PROFILE = 0xBF32,
    TAG_DELETE_PROFILE = 0xBF33,
    TAG_BOUND_PROFILE_PACKAGE = 0xBF36,
    TAG_PROFILE_INSTALLATION_RESULT = 0xBF37,
    TAG_AUTHENTICATE_SERVER = 0xBF38,
    TAG_EUICC_CONFIGURED_ADDRESSES = 0xBF3C,
    TAG_EUICC_DATA = 0xBF3E, /* GetEID */
    TAG_CANCEL_SESSION = 0xBF41,

    /* application and shared */
    TAG_TAG_LIST = 0x5C,
    TAG_EID = 0x5A,   /* in BF3E */
    TAG_ICCID = 0x5A, /* in metadata, lists, notifications */
    TAG_ISDP_AID = 0x4F,
    TAG_SIGNATURE = 0x5F37,
    TAG_OTPK = 0x5F49, /* one-time public key of either side */
    TAG_PROFILE_INFO = 0xE3,
    TAG_PROFILE_NICKNAME = 0x90,
    TAG_SERVICE_PROVIDER_NAME = 0x91,
    TAG_PROFILE_NAME = 0x92,
    TAG_PROFILE_CLASS = 0x95,
    TAG_NOTIFICATION_CONFIGURATION = 0xB6,
    TAG_NOTIFICATION_CONFIGURATION_OPERATION = 0x80,
    TAG_NOTIFICATION_CONFIGURATION_ADDRESS = 0x81,
    TAG_PROFILE_STATE = 0x9F70,

    /* context-specific, by the structure they stand in */
    TAG_TRANSACTION_ID = 0x80,        /* everywhere it occurs */
    TAG_CHALLENGE = 0x80,             /* in BF2E */
    TAG_EUICC_CHALLENGE_FIELD = 0x81, /* serverSigned1 */
    TAG_SERVER_ADDRESS = 0x83,        /* serverSigned1, euiccSigned1 */
    TAG_SERVER_CHALLENGE = 0x84,      /* serverSigned1, euiccSigned1 */
    TAG_CTX_PARAMS1 = 0xA0,
    TAG_MATCHING_ID = 0x80,         /* ctxParams1 */
    TAG_DEVICE_INFO = 0xA1,         /* ctxParams1 */
    TAG_TAC = 0x80,                 /* deviceInfo */
    TAG_DEVICE_CAPABILITIES = 0xA1, /* deviceInfo */
    TAG_IMEI = 0x82,                /* deviceInfo */
    TAG_SVN = 0x82,                 /* euiccInfo1, euiccInfo2 */
    TAG_CI_FOR_VERIFICATION = 0xA9,
    TAG_CI_FOR_SIGNING = 0xAA,
    TAG_RESPONSE_OK = 0xA0, /* CHOICE of AuthenticateServer, PrepareDownload */
    TAG_RESPONSE_ERROR = 0xA1,
    TAG_CC_REQUIRED = 0x01, /* smdpSigned2: BOOLEAN */

    /* InitialiseSecureChannel (5.5.1) */
    TAG_REMOTE_OP_ID = 0x82,
    TAG_CONTROL_REF_TEMPLATE = 0xA6,
    TAG_KEY_TYPE = 0x80,
    TAG_KEY_LEN = 0x81,
    TAG_HOST_ID = 0x84,

    /* BoundProfilePackage (2.5.4) */
    TAG_FIRST_SEQUENCE_OF_87 = 0xA0,
    TAG_SEQUENCE_OF_88 = 0xA1,
    TAG_SECOND_SEQUENCE_OF_87 = 0xA2,
    TAG_SEQUENCE_OF_86 = 0xA3,

    /* ReplaceSessionKeys (5.5.4) */
    TAG_INITIAL_MAC_CHAINING_VALUE = 0x80,
    TAG_PPK_ENC = 0x81,
    TAG_PPK_CMAC = 0x82,

    /* NotificationMetadata, ProfileInstallationResult (5.7.10, 2.5.6) */
    TAG_SEQ_NUMBER = 0x80,
    TAG_NOTIFICATION_OPERATION = 0x81,
    TAG_FINAL_RESULT = 0xA2,
    TAG_SUCCESS_RESULT = 0xA0,
    TAG_ERROR_RESULT = 0xA1,
    TAG_BPP_COMMAND_ID = 0x80,
    TAG_ERROR_REASON = 0x81,
    TAG_SIMA_RESPONSE = 0x04,

    /* CancelSession (5.7.14) */
    TAG_CANCEL_REASON = 0x81,

    /* profile elements (TS.48, SAIP) */
    TAG_PE_HEADER = 0xA0,
    TAG_PE_END = 0xAA,
    TAG_PE_MAJOR_VERSION = 0x80,
    TAG_PE_MINOR_VERSION = 0x81,
    TAG_PE_PROFILE_TYPE = 0x82,
    TAG_PE_ICCID = 0x83,
    TAG_PE_MF = 0xB0,
    TAG_PE_MF_EF_ICCID = 0xA4,
    TAG_PE_FILL_FILE_CONTENT = 0x83,
};

#endif
