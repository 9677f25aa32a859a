# quire_npm(): the npm packages of package-lock.json, installed into the build folder.
#
# Runs `npm ci` once per lock file; the source tree stays clean. The folder is then the global
# property QUIRE_NPM_MODULES. Where packages come another way (a distribution's build without
# network), set -DQUIRE_NPM_MODULES=<folder that holds uplot/>.
set(QUIRE_NPM_MODULES "" CACHE PATH "A node_modules folder to use instead of running npm ci")

function(quire_npm)
	if(QUIRE_NPM_MODULES)
		set_property(GLOBAL PROPERTY QUIRE_NPM_MODULES ${QUIRE_NPM_MODULES})
		return()
	endif()
	set(dir ${CMAKE_BINARY_DIR}/npm)
	set(lock ${PROJECT_SOURCE_DIR}/package-lock.json)
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${lock})
	file(SHA256 ${lock} want)
	set(have "")
	if(EXISTS ${dir}/installed)
		file(READ ${dir}/installed have)
	endif()
	if(NOT have STREQUAL want)
		quire_npm_install(${dir} ${lock})
		file(WRITE ${dir}/installed "${want}")
	endif()
	set_property(GLOBAL PROPERTY QUIRE_NPM_MODULES ${dir}/node_modules)
endfunction()

function(quire_npm_install dir lock)
	find_program(NPM_PROGRAM npm)
	find_program(NODE_PROGRAM NAMES node nodejs)
	if(NOT NPM_PROGRAM OR NOT NODE_PROGRAM)
		message(FATAL_ERROR "The HTML report takes its charts from npm, and npm or node is missing. "
			"Install them (apt-get install nodejs npm) and configure again, or point "
			"-DQUIRE_NPM_MODULES= at a node_modules folder that holds uplot.")
	endif()
	message(STATUS "npm ci: packages of package-lock.json")
	file(REMOVE_RECURSE ${dir}/node_modules)
	file(COPY ${PROJECT_SOURCE_DIR}/package.json ${lock} DESTINATION ${dir})
	execute_process(COMMAND ${NPM_PROGRAM} ci --no-audit --no-fund --ignore-scripts --loglevel=error
		WORKING_DIRECTORY ${dir} RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text)
	if(result)
		message(FATAL_ERROR "npm ci failed in ${dir} (is the npm registry reachable?):\n${text}")
	endif()
endfunction()
