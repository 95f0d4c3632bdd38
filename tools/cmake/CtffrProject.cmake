# SPDX-License-Identifier: Apache-2.0
# Compiler settings, third-party packages and the helpers that keep each layer's CMakeLists.txt to a plain list.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(CTFFR_CCACHE ccache)
if(CTFFR_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CTFFR_CCACHE})
    set(CMAKE_CUDA_COMPILER_LAUNCHER ${CTFFR_CCACHE})
endif()

find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(fmt REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)

if(CTFFR_CUDA)
    include(CheckLanguage)
    check_language(CUDA)
    if(NOT CMAKE_CUDA_COMPILER)
        message(FATAL_ERROR "CTFFR_CUDA is ON but nvcc was not found: put it on PATH, set CUDACXX, or use the preset 'cpu'.")
    endif()
    if(NOT CMAKE_CUDA_ARCHITECTURES)
        set(CMAKE_CUDA_ARCHITECTURES 75-real 80-real 86-real 89-real 90-real 90-virtual CACHE STRING "" FORCE)
    endif()
    enable_language(CUDA)
    # CMake 3.25 knows nvcc's dialects only up to C++17; nvcc 12 and later have C++20.
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
    set(CMAKE_CUDA_STANDARD 20)
    find_package(CUDAToolkit REQUIRED)
endif()

# Warnings and float settings that every target of ours gets. No -ffast-math: float settings are part of the numerics.
add_library(ctffr_settings INTERFACE)
target_include_directories(ctffr_settings INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
target_compile_options(ctffr_settings INTERFACE
    $<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wswitch -Wno-unknown-pragmas -ffp-contract=off>>
    $<BUILD_INTERFACE:$<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${CTFFR_WERROR}>>:-Werror>>)
target_compile_definitions(ctffr_settings INTERFACE $<$<BOOL:${CTFFR_CUDA}>:CTFFR_HAVE_CUDA>)
target_link_libraries(ctffr_settings INTERFACE fmt::fmt OpenMP::OpenMP_CXX)
if(CTFFR_SANITIZE)
    # g++ 12 calls members of std::regex uninitialised once the sanitizers' code is in; the sanitizers themselves do not.
    target_compile_options(ctffr_settings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized>)
    target_compile_options(ctffr_settings INTERFACE
        $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined>)
    target_link_options(ctffr_settings INTERFACE -fsanitize=address,undefined)
endif()

# ctffr_layer(NAME [DEPENDS targets...]): static library ctffr_NAME of every .cpp in the current folder.
# The DEPENDS line is the layer's list of allowed dependencies; tools/lint/layers checks it against the includes.
function(ctffr_layer name)
    cmake_parse_arguments(arg "" "" "DEPENDS;PRIVATE;EXCLUDE" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS *.cpp)
    foreach(file IN LISTS arg_EXCLUDE)
        list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    endforeach()
    if(NOT sources)
        add_library(ctffr_${name} INTERFACE)
        target_link_libraries(ctffr_${name} INTERFACE ctffr_settings ${arg_DEPENDS})
    else()
        add_library(ctffr_${name} STATIC ${sources})
        target_link_libraries(ctffr_${name} PUBLIC ctffr_settings ${arg_DEPENDS} PRIVATE ${arg_PRIVATE})
        # Private headers live beside the sources and are included as "imaging/hessian.hpp".
        target_include_directories(ctffr_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
    endif()
    set_property(GLOBAL APPEND PROPERTY CTFFR_LAYERS ctffr_${name})
endfunction()

# ctffr_kernels(NAME): kernels/NAME/*.cpp compiled by g++, and by nvcc when CUDA is on. The two object libraries
# live in two directories because the source property LANGUAGE is per directory.
function(ctffr_kernels name)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
    if(NOT sources)
        return()
    endif()
    add_library(ctffr_kernels_${name} OBJECT ${sources})
    target_link_libraries(ctffr_kernels_${name} PUBLIC ctffr_settings)
    # Headers that kernels share lie beside them and are included as "flow/face.hpp".
    target_include_directories(ctffr_kernels_${name} PRIVATE ${PROJECT_SOURCE_DIR}/kernels)
    target_compile_options(ctffr_kernels_${name} PRIVATE -O3 -march=${CTFFR_KERNEL_MARCH})
    target_sources(ctffr_kernels PRIVATE $<TARGET_OBJECTS:ctffr_kernels_${name}>)
    set_property(GLOBAL APPEND PROPERTY CTFFR_KERNEL_SOURCES ${sources})
endfunction()

# ctffr_test(NAME LABEL label SOURCES files... LINK targets...): a GoogleTest program, one CTest entry.
function(ctffr_test name)
    cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "SOURCES;LINK" ${ARGN})
    add_executable(test_${name} ${arg_SOURCES})
    target_link_libraries(test_${name} PRIVATE ctffr_test_support ${arg_LINK} GTest::gtest_main)
    target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/src)
    add_test(NAME ${arg_LABEL}/${name} COMMAND test_${name})
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 600)
    endif()
    # Several tests run at once: their threads must not wait by spinning (ctffr/parallel/process.hpp).
    set_tests_properties(${arg_LABEL}/${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT}
        ENVIRONMENT OMP_WAIT_POLICY=passive)
endfunction()
