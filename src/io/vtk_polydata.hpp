// SPDX-License-Identifier: Apache-2.0
// Reading and writing vtkPolyData with our errors: VTK's own messages are silenced and its writers write to
// memory.
#pragma once

#include <filesystem>

#include <vtkPolyData.h>
#include <vtkSmartPointer.h>

namespace ctffr {

// A VTP file of any kind of cells. Throws Error(input_missing | input_unreadable | input_truncated).
vtkSmartPointer<vtkPolyData> read_polydata_vtp(const std::filesystem::path& path);
// Binary appended, zlib, written atomically. Throws Error(disk_full | file_system).
void write_polydata_vtp(const std::filesystem::path& path, vtkPolyData* data);
// Throws Error(input_missing | input_unreadable) when `path` cannot be opened for reading.
void require_readable(const std::filesystem::path& path);

}  // namespace ctffr
