# Toolchain file for cmake: cmake -DCMAKE_TOOLCHAIN_FILE=PREFIX/lib/pith/pith.cmake ...
#
# Programs become static Linux executables that carry a unikernel. They run on this machine, so
# this is no cross build: try_run and tests work. Libraries are static, and the machine's own
# (built for another C library) are not looked at; name yours in CMAKE_PREFIX_PATH.
get_filename_component(PITH_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
set(CMAKE_C_COMPILER "${PITH_PREFIX}/bin/pith-cc")
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
set(BUILD_SHARED_LIBS OFF)
set_property(GLOBAL PROPERTY TARGET_SUPPORTS_SHARED_LIBS FALSE)
set(CMAKE_FIND_LIBRARY_SUFFIXES ".a")
set(CMAKE_FIND_USE_CMAKE_SYSTEM_PATH FALSE)
set(CMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH TRUE)
set(CMAKE_EXE_LINKER_FLAGS_INIT "")
