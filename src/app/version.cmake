# SPDX-License-Identifier: Apache-2.0
# Writes HEADER with VERSION and the commit of SOURCE ("unknown" without git), only when it would change.
set(commit "unknown")
find_program(git git)
if(git AND EXISTS ${SOURCE}/.git)
    execute_process(COMMAND ${git} -C ${SOURCE} rev-parse --short=12 HEAD
                    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    if(failed)
        set(commit "unknown")
    else()
        execute_process(COMMAND ${git} -C ${SOURCE} diff --quiet HEAD -- src kernels include
                        RESULT_VARIABLE dirty ERROR_QUIET OUTPUT_QUIET)
        if(dirty)
            string(APPEND commit "-changed")
        endif()
    endif()
endif()
file(CONFIGURE OUTPUT ${HEADER} @ONLY CONTENT [[
// Made by src/app/version.cmake.
#pragma once
#define CTFFR_VERSION "@VERSION@"
#define CTFFR_COMMIT "@commit@"
]])
