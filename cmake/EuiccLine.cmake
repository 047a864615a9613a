# Build rules every folder shares: warnings, hardening, and include roots that
# make a forbidden include fail to compile.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_definitions(_GNU_SOURCE EUICC_LINE_VERSION="${PROJECT_VERSION}")
add_compile_options(
  -Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wcast-qual
  -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla
  -Wformat=2 -Wundef -fno-common -fstack-protector-strong)
add_link_options(-Wl,-z,relro,-z,now -Wl,--no-undefined)

option(EUICC_LINE_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
if(EUICC_LINE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
else()
  add_compile_definitions($<$<CONFIG:Release,RelWithDebInfo>:_FORTIFY_SOURCE=2>)
endif()

# euicc_include_root(TARGET KIND): headers of the current folder are reached as
# "folder/file.h" by TARGET (PRIVATE) or by whoever links it (PUBLIC). The root is
# a directory that holds nothing but a link to this folder, so that an include of
# a library that is not linked does not compile.
function(euicc_include_root target kind)
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  set(root ${PROJECT_BINARY_DIR}/include/${target})
  file(MAKE_DIRECTORY ${root})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${root}/${folder} SYMBOLIC)
  target_include_directories(${target} ${kind} ${root})
endfunction()

# euicc_library(NAME SOURCES ... [USES ...]): the static library of the current
# folder.
function(euicc_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES OUTPUT_NAME euicc-line-${name})
  euicc_include_root(${name} PUBLIC)
  target_link_libraries(${name} PUBLIC ${ARG_USES})
endfunction()

# euicc_unit_test(NAME SOURCES ... USES ...): one CUnit program, one CTest test.
# The working directory is the source root; EUICC_LINE_DATA names the folder of
# published vectors where it stands beside the checkout.
function(euicc_unit_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
  add_executable(test_${name} ${ARG_SOURCES})
  target_link_libraries(test_${name} PRIVATE test_support ${ARG_USES} PkgConfig::CUNIT)
  add_test(NAME unit.${name} COMMAND test_${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(unit.${name} PROPERTIES TIMEOUT 120)
endfunction()
