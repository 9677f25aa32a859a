# How Quire's parts are declared. A room, a test, a fuzz target and a tool are one call each.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

if(NOT CMAKE_BUILD_TYPE)
	set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")

set(QUIRE_SANITIZE "" CACHE STRING "Sanitizers for every target, as -fsanitize= takes them")
option(QUIRE_DEBUG "Lock ranks, list checks and cheap validators at run time" OFF)
option(QUIRE_COVERAGE "Count lines for gcovr" OFF)
option(QUIRE_FUZZ "Build the fuzz targets (clang)" OFF)
option(QUIRE_WERROR "Warnings are errors" OFF)
option(QUIRE_LTO "Link-time optimisation" OFF)
set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${QUIRE_LTO})

add_library(quire_flags INTERFACE)
target_compile_options(quire_flags INTERFACE
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
	-Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers
	-fno-strict-aliasing -fno-common -fno-omit-frame-pointer)
if(QUIRE_WERROR)
	target_compile_options(quire_flags INTERFACE -Werror)
endif()
if(QUIRE_SANITIZE)
	target_compile_options(quire_flags INTERFACE -fsanitize=${QUIRE_SANITIZE})
	target_link_options(quire_flags INTERFACE -fsanitize=${QUIRE_SANITIZE})
	if(QUIRE_SANITIZE MATCHES "undefined")
		target_compile_options(quire_flags INTERFACE -fno-sanitize-recover=undefined)
	endif()
endif()
if(QUIRE_DEBUG)
	target_compile_definitions(quire_flags INTERFACE QUIRE_WITH_DEBUG=1)
endif()
if(QUIRE_COVERAGE)
	target_compile_options(quire_flags INTERFACE --coverage -fprofile-update=atomic -O0)
	# __gcov_dump: a child that must die (tests/abort) writes what it covered first.
	target_link_options(quire_flags INTERFACE --coverage -Wl,-u,__gcov_dump)
endif()
if(QUIRE_FUZZ AND NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
	message(FATAL_ERROR "QUIRE_FUZZ needs clang (libFuzzer): cmake --preset fuzz")
endif()

# Code of src/: no C library, nothing exported but what says so.
# No vectors: two words joined in a vector register and read back one by one cost a stall each.
set(QUIRE_CORE_FLAGS -ffreestanding -fvisibility=hidden -ftls-model=initial-exec
	-fno-tree-vectorize -fno-tree-slp-vectorize)

# quire_room(NAME SOURCES...): one room of src/, freestanding, as objects.
function(quire_room name)
	cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
	if(NOT ARG_SOURCES)
		return()
	endif()
	add_library(room_${name} OBJECT ${ARG_SOURCES})
	target_link_libraries(room_${name} PRIVATE quire_flags)
	target_include_directories(room_${name} PRIVATE
		${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
	target_compile_options(room_${name} PRIVATE ${QUIRE_CORE_FLAGS})
	set_property(GLOBAL APPEND PROPERTY QUIRE_ROOMS room_${name})
endfunction()

# quire_test(NAME LABEL SOURCES... [LIBS ...] [ARGS ...]): a cmocka program run by ctest.
function(quire_test name label)
	cmake_parse_arguments(ARG "" "" "SOURCES;LIBS;ARGS" ${ARGN})
	add_executable(${name} ${ARG_SOURCES})
	target_link_libraries(${name} PRIVATE quire_flags quire quire_host cmocka ${ARG_LIBS})
	target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
	set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
	add_test(NAME ${name} COMMAND ${name} ${ARG_ARGS})
	set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT 600)
	quire_gather(tests_${label} ${name})
endfunction()

# quire_gather(GROUP TARGET): the target GROUP builds TARGET too (tests_stress, fuzz_targets).
function(quire_gather group target)
	if(NOT TARGET ${group})
		add_custom_target(${group})
	endif()
	add_dependencies(${group} ${target})
endfunction()

# quire_fuzz(NAME SOURCES... [LIBS ...]): a program with LLVMFuzzerTestOneInput(), built with
# QUIRE_FUZZ alone. `make fuzz` runs each with the seeds of tests/fuzz/corpus/NAME.
function(quire_fuzz name)
	if(NOT QUIRE_FUZZ)
		return()
	endif()
	cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
	add_executable(${name} ${ARG_SOURCES})
	target_link_libraries(${name} PRIVATE quire_flags quire quire_host ${ARG_LIBS})
	target_link_options(${name} PRIVATE -fsanitize=fuzzer)
	target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
	set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
	quire_gather(fuzz_targets ${name})
endfunction()
