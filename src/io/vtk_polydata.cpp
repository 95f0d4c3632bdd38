// SPDX-License-Identifier: Apache-2.0
#include "io/vtk_polydata.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>
#include <vtkObject.h>
#include <vtkXMLPolyDataReader.h>
#include <vtkXMLPolyDataWriter.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"

namespace ctffr {

void require_readable(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error))
        throw Error(ExitCode::input_missing, "There is no file {}.", path.string());
    if (!std::filesystem::is_regular_file(path, error))
        throw Error(ExitCode::input_unreadable, "{} is not a file.", path.string());
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        throw Error(ExitCode::input_unreadable, "Cannot read {}: {}.", path.string(), std::strerror(errno));
    ::close(descriptor);
}

vtkSmartPointer<vtkPolyData> read_polydata_vtp(const std::filesystem::path& path) {
    require_readable(path);
    vtkObject::GlobalWarningDisplayOff();
    const auto reader = vtkSmartPointer<vtkXMLPolyDataReader>::New();
    reader->SetFileName(path.c_str());
    if (!reader->CanReadFile(path.c_str()))
        throw Error(ExitCode::input_unreadable, "{} is not a VTP (VTK XML PolyData) file.", path.string());
    reader->Update();
    vtkPolyData* data = reader->GetOutput();
    if (reader->GetErrorCode() != 0 || !data || data->GetNumberOfPoints() == 0 ||
        data->GetNumberOfCells() == 0)
        throw Error(ExitCode::input_truncated,
                    "{} holds no usable geometry: the file is damaged or cut short.", path.string());
    return data;
}

void write_polydata_vtp(const std::filesystem::path& path, vtkPolyData* data) {
    vtkObject::GlobalWarningDisplayOff();
    const auto writer = vtkSmartPointer<vtkXMLPolyDataWriter>::New();
    writer->SetInputData(data);
    writer->SetDataModeToAppended();
    writer->EncodeAppendedDataOff();
    writer->SetCompressorTypeToZLib();
    writer->WriteToOutputStringOn();
    if (writer->Write() != 1)
        throw Error(ExitCode::internal, "VTK could not encode {}. Please report this.", path.string());
    write_text_atomically(path, writer->GetOutputString());
}

}  // namespace ctffr
