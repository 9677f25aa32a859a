# The core's sources of surface/replaceable.h once more, under the kernel's names.
# quire_kernel_xa3: the same with nodes of 8 slots, for clients that want deep trees
# (-DXA_CHUNK_SHIFT=3); linked before quire_kernel.
file(GLOB replaceable_xarray CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/xarray/*.c)
list(FILTER replaceable_xarray EXCLUDE REGEX "/(room|validate)\\.c$")

function(quire_replaceable name)
	cmake_parse_arguments(ARG "" "" "SOURCES;DEFINITIONS" ${ARGN})
	add_library(${name} OBJECT ${ARG_SOURCES})
	target_link_libraries(${name} PRIVATE quire_flags)
	target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
	target_compile_definitions(${name} PRIVATE ${ARG_DEFINITIONS})
	target_compile_options(${name} PRIVATE ${QUIRE_CORE_FLAGS}
		-include ${PROJECT_SOURCE_DIR}/compat/surface/replaceable.h)
endfunction()

quire_replaceable(quire_replaceable_members
	SOURCES ${replaceable_xarray} ${PROJECT_SOURCE_DIR}/src/slab/mempool.c)
target_sources(quire_kernel PRIVATE $<TARGET_OBJECTS:quire_replaceable_members>)

quire_replaceable(quire_replaceable_xa3 SOURCES ${replaceable_xarray} DEFINITIONS XA_CHUNK_SHIFT=3)
add_library(quire_kernel_xa3 STATIC $<TARGET_OBJECTS:quire_replaceable_xa3>)
set_target_properties(quire_kernel_xa3 PROPERTIES OUTPUT_NAME quire-kernel-xa3 EXPORT_NAME kernel_xa3
	LINKER_LANGUAGE C)
target_link_libraries(quire_kernel_xa3 INTERFACE quire_kernel)
