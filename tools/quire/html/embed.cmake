# Writes a C file that holds the given files as arrays (html_assets.h).
#   cmake -DOUT=file.c "-DFILES=name=path;name=path..." -P embed.cmake
# A page inside <script> may not hold the text that ends a script, so that is checked here.
set(arrays "")
set(table "")
set(n 0)
foreach(entry IN LISTS FILES)
	string(REGEX MATCH "^([^=]+)=(.*)$" _ "${entry}")
	set(name "${CMAKE_MATCH_1}")
	set(path "${CMAKE_MATCH_2}")
	file(READ "${path}" text)
	if(name MATCHES "\\.js$" AND text MATCHES "</script")
		message(FATAL_ERROR "${path}: holds the text '</script', which would end the page's script")
	endif()
	file(READ "${path}" hex HEX)
	file(SIZE "${path}" size)
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
	string(APPEND arrays "static const unsigned char asset_${n}[] = {${bytes}0};\n")
	string(APPEND table "\t{ \"${name}\", asset_${n}, ${size} },\n")
	math(EXPR n "${n} + 1")
endforeach()
file(WRITE "${OUT}"
	"/* Made by embed.cmake; do not edit. */\n#include \"html_assets.h\"\n\n${arrays}\n"
	"const struct html_asset html_assets[] = {\n${table}\t{ NULL, NULL, 0 },\n};\n")
