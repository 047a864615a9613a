/* Tags of profile elements and their fields (SAIP 2.3, annex A), as far as the
 * sample uses them. ProfileHeader and End are in sgp22/tags.h. */
#ifndef UPP_TAGS_H
#define UPP_TAGS_H

enum upp_tag {
    /* ProfileElement */
    UPP_PE_GENERIC_FILES = 0xA1,
    UPP_PE_PIN = 0xA2,
    UPP_PE_PUK = 0xA3,
    UPP_PE_AKA = 0xA4,
    UPP_PE_SECURITY_DOMAIN = 0xA6,
    UPP_PE_RFM = 0xA7,
    UPP_PE_MF = 0xB0,
    UPP_PE_TELECOM = 0xB2,
    UPP_PE_USIM = 0xB3,
    UPP_PE_OPT_USIM = 0xB4,

    /* PEHeader */
    UPP_ELEMENT_HEADER = 0xA0,
    UPP_HEADER_MANDATED = 0x80,
    UPP_HEADER_IDENTIFICATION = 0x81,

    /* ProfileHeader */
    UPP_MANDATORY_SERVICES = 0xA5,
    UPP_MANDATORY_TEMPLATES = 0xA6,
    UPP_SERVICE_USIM = 0x81,
    UPP_SERVICE_MILENAGE = 0x84,

    /* file system elements */
    UPP_TEMPLATE_ID = 0x81,
    UPP_DIRECTORY = 0xA2,
    UPP_DIRECTORY_GRAPHICS = 0xA9, /* in PE-TELECOM */
    UPP_FILE_DESCRIPTOR = 0xA1,
    UPP_FILL_OFFSET = 0x82,
    UPP_FILL_CONTENT = 0x83,

    /* Fcp (ETSI TS 102 222, as SAIP 8.3.3 codes it) */
    UPP_FCP = 0x62,
    UPP_FCP_DESCRIPTOR = 0x82,
    UPP_FCP_FILE_ID = 0x83,
    UPP_FCP_DF_NAME = 0x84,
    UPP_FCP_SECURITY = 0x8B,
    UPP_FCP_SIZE = 0x80,
    UPP_FCP_SHORT_ID = 0x88,
    UPP_FCP_PROPRIETARY = 0xA5,
    UPP_FCP_PIN_STATUS = 0xC6,
    UPP_SPECIAL_INFORMATION = 0xC0,
    UPP_FILL_PATTERN = 0xC1,
    UPP_REPEAT_PATTERN = 0xC2,

    /* GenericFileManagement */
    UPP_GENERIC_COMMANDS = 0xA1,
    UPP_GENERIC_PATH = 0x80,
    UPP_GENERIC_CONTENT = 0x81,

    /* PUK and PIN codes */
    UPP_CODES = 0xA1,
    UPP_PIN_LIST = 0xA0,
    UPP_CODE_KEY_REFERENCE = 0x80,
    UPP_CODE_VALUE = 0x81,
    UPP_CODE_UNBLOCKING = 0x82,
    UPP_CODE_ATTRIBUTES = 0x83,
    UPP_CODE_TRIES = 0x84,

    /* AKAParameter */
    UPP_AKA_CONFIGURATION = 0xA1,
    UPP_AKA_PARAMETER = 0xA1,
    UPP_AKA_ALGORITHM = 0x80,
    UPP_AKA_OPTIONS = 0x81,
    UPP_AKA_KEY = 0x82,
    UPP_AKA_OPC = 0x83,

    /* SecurityDomain */
    UPP_INSTANCE = 0xA1,
    UPP_AID = 0x4F,
    UPP_PRIVILEGES = 0x82,
    UPP_LIFE_CYCLE = 0x83,
    UPP_PARAMETERS_C9 = 0xC9,
    UPP_KEY_LIST = 0xA2,
    UPP_KEY_USAGE = 0x95,
    UPP_KEY_ID = 0x82,
    UPP_KEY_VERSION = 0x83,
    UPP_KEY_TYPE = 0x80,
    UPP_KEY_DATA = 0x86,

    /* RFM */
    UPP_RFM_TARS = 0xA0,
    UPP_RFM_SECURITY = 0x81,
    UPP_RFM_ADF_AID = 0x80,
    UPP_RFM_ADF_ACCESS = 0x81,
    UPP_RFM_ADF_ADMIN = 0x82,

    /* EF.DIR and access rules (ETSI TS 102 221 13.1, ISO/IEC 7816-4 5.4.3) */
    UPP_APPLICATION_TEMPLATE = 0x61,
    UPP_APPLICATION_LABEL = 0x50,
    UPP_ACCESS_MODE = 0x80,
    UPP_ACCESS_ALWAYS = 0x90,
    UPP_ACCESS_USER = 0xA4,
    UPP_ACCESS_KEY_REFERENCE = 0x83,
    UPP_ACCESS_USAGE = 0x95,
};

#endif
