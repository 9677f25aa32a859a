# What `make install` puts where: the command, the libraries, the headers, pkg-config's and
# CMake's descriptions of them.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Quire)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/quire DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
	FILES_MATCHING PATTERN "*.h")

set_target_properties(quire PROPERTIES EXPORT_NAME quire)
set(exported quire)
if(TARGET quire_host)
	set_target_properties(quire_host PROPERTIES EXPORT_NAME host)
	list(APPEND exported quire_host)
endif()
if(TARGET quire_kernel)
	list(APPEND exported quire_kernel)
	install(DIRECTORY ${PROJECT_SOURCE_DIR}/compat/
		DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/quire-kernel
		FILES_MATCHING PATTERN "*.h" PATTERN "lib" EXCLUDE)
endif()
install(TARGETS ${exported} EXPORT QuireTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

# The installed core is one object in which hidden symbols are local: a program may define
# functions of the same names as our internal ones. It takes the place of the plain archive.
if(NOT QUIRE_LTO)
	set(sealed ${CMAKE_BINARY_DIR}/sealed)
	add_custom_command(OUTPUT ${sealed}/libquire.a
		COMMAND ${CMAKE_COMMAND} -E make_directory ${sealed}
		COMMAND ${CMAKE_LINKER} -r -o ${sealed}/quire.o --whole-archive $<TARGET_FILE:quire>
		COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${sealed}/quire.o
		COMMAND ${CMAKE_COMMAND} -E rm -f ${sealed}/libquire.a
		COMMAND ${CMAKE_AR} rcs ${sealed}/libquire.a ${sealed}/quire.o
		DEPENDS quire COMMENT "Sealing libquire.a" VERBATIM)
	add_custom_target(quire_sealed ALL DEPENDS ${sealed}/libquire.a)
	# Not install(FILES): it leaves a file alone that is less than a second older.
	install(CODE "file(COPY_FILE \"${sealed}/libquire.a\"
		\"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/libquire.a\")")
endif()
install(EXPORT QuireTargets NAMESPACE Quire:: DESTINATION ${package_dir})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/QuireConfig.cmake.in
	${CMAKE_BINARY_DIR}/QuireConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/QuireConfigVersion.cmake
	COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/QuireConfig.cmake ${CMAKE_BINARY_DIR}/QuireConfigVersion.cmake
	DESTINATION ${package_dir})

# Relative to the .pc file's own place, so that an installed tree may be moved.
file(RELATIVE_PATH pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
foreach(pc quire quire-host quire-kernel)
	configure_file(${CMAKE_CURRENT_LIST_DIR}/${pc}.pc.in ${CMAKE_BINARY_DIR}/${pc}.pc @ONLY)
	install(FILES ${CMAKE_BINARY_DIR}/${pc}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

if(TARGET quire_command)
	install(TARGETS quire_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
foreach(section 1 5)
	install(DIRECTORY ${PROJECT_SOURCE_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section}
		FILES_MATCHING PATTERN "*.${section}")
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/completions/quire.bash
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME quire)
install(FILES ${PROJECT_SOURCE_DIR}/completions/quire.zsh
	DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _quire)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/machines ${PROJECT_SOURCE_DIR}/examples
	DESTINATION ${CMAKE_INSTALL_DATADIR}/quire)
