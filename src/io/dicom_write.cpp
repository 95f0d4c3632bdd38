// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/dicom_write.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/volume.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "io/dicom_codec.hpp"
#include "io/dicom_encode.hpp"
#include "io/dicom_module.hpp"

namespace ctffr {

static_assert(std::endian::native == std::endian::little, "pixels are written as they lie in memory");

namespace {

namespace fs = std::filesystem;

// A file that is written from front to back; every failure of the disk is an Error.
class OutputFile {
   public:
    explicit OutputFile(fs::path path) : path_(std::move(path)) {
        descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (descriptor_ < 0) throw_file_failure(path_, "creating", errno);
    }
    ~OutputFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    void write(const void* data, std::size_t bytes) {
        const char* at = static_cast<const char*>(data);
        while (bytes > 0) {
            const ssize_t done = ::write(descriptor_, at, bytes);
            if (done < 0 && errno == EINTR) continue;
            if (done <= 0) throw_file_failure(path_, "writing", done < 0 ? errno : EIO);
            at += done, bytes -= static_cast<std::size_t>(done);
        }
    }
    void write(const std::string& bytes) { write(bytes.data(), bytes.size()); }
    void close() {
        const int descriptor = std::exchange(descriptor_, -1);
        if (::close(descriptor) != 0) throw_file_failure(path_, "writing", errno);
    }

   private:
    fs::path path_;
    int descriptor_ = -1;
};

// The files of a series come into being together: they are written into a hidden folder inside the target,
// pushed to the disk once, then renamed. When anything throws, the hidden folder goes away and the target is
// as before.
class SeriesFolder {
   public:
    explicit SeriesFolder(const fs::path& target)
        : target_(target), hidden_(target / fmt::format(".series.{}.tmp", ::getpid())) {
        std::error_code error;
        created_target_ = fs::create_directories(target, error);
        if (!error) remove_leftovers();
        if (!error) fs::create_directory(hidden_, error);
        if (error) throw_file_failure(target, "creating", error.value());
    }
    ~SeriesFolder() {
        std::error_code error;
        fs::remove_all(hidden_, error);
        if (created_target_ && !published_) fs::remove(target_, error);
    }
    SeriesFolder(const SeriesFolder&) = delete;
    SeriesFolder& operator=(const SeriesFolder&) = delete;

    fs::path file(const std::string& name) const { return hidden_ / name; }

    void publish() {
        const int folder = ::open(hidden_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0) throw_file_failure(hidden_, "opening", errno);
        const int result = ::syncfs(folder), code = errno;
        ::close(folder);
        if (result != 0) throw_file_failure(target_, "writing", code);
        std::vector<fs::path> names;
        for (const fs::directory_entry& entry : fs::directory_iterator(hidden_))
            names.push_back(entry.path().filename());
        std::error_code error;
        for (const fs::path& name : names) {
            fs::rename(hidden_ / name, target_ / name, error);
            if (error) throw_file_failure(target_ / name, "renaming to", error.value());
        }
        published_ = true;
    }

   private:
    // Hidden folders of runs that were killed.
    void remove_leftovers() const {
        std::error_code error;
        for (const fs::directory_entry& entry : fs::directory_iterator(target_, error)) {
            const std::string name = entry.path().filename().string();
            if (name.starts_with(".series.") && name.ends_with(".tmp")) fs::remove_all(entry.path(), error);
        }
    }

    fs::path target_, hidden_;
    bool created_target_ = false, published_ = false;
};

// Slice k as stored pixels.
std::vector<std::uint16_t> stored_slice(const Volume& volume, const dicom::StoredValues& stored, int k) {
    const Int3 n = volume.geometry.size;
    const std::size_t count = static_cast<std::size_t>(n.x) * static_cast<std::size_t>(n.y);
    const std::int16_t* hu = volume.hu.data() + static_cast<std::size_t>(k) * count;
    std::vector<std::uint16_t> pixels(count);
    for (std::size_t i = 0; i < count; ++i)
        pixels[i] = static_cast<std::uint16_t>(static_cast<int>(hu[i]) - stored.intercept);
    return pixels;
}

// Calls write_slice(k) for all slices, a few at a time, so that progress and cancel come from the calling
// thread.
template <class WriteSlice>
void for_slices(const Run& run, int slices, const WriteSlice& write_slice) {
    constexpr int batch = 32;
    for (int first = 0; first < slices; first += batch) {
        run.progress("writing DICOM", static_cast<double>(first) / slices);
        parallel_for_uneven(Cpu{run.profiler}, "dicom write", std::min(batch, slices - first), 1,
                            [&](Index i) { write_slice(first + static_cast<int>(i)); });
    }
}

void write_single_frames(const Volume& volume, const DicomWriteOptions& options, const SeriesFolder& folder,
                         const Run& run) {
    const dicom::SeriesModule module(volume, options);
    const std::string_view syntax = dicom::transfer_syntax_of(options.compression);
    for_slices(run, volume.geometry.size.z, [&](int k) {
        const std::vector<std::uint16_t> pixels = stored_slice(volume, module.stored(), k);
        OutputFile out(folder.file(fmt::format("IM{:04}.dcm", k + 1)));
        out.write(dicom::file_head(dicom::uid::ct_image, module.slice_uid(k), syntax));
        out.write(module.slice(k).bytes());
        if (options.compression == DicomCompression::none) {
            const std::size_t bytes = 2 * pixels.size();
            out.write(dicom::native_pixel_head(static_cast<std::uint32_t>(bytes)));
            out.write(pixels.data(), bytes);
        } else {
            out.write(dicom::encapsulated_pixels(
                {dicom::compress_frame(pixels, module.stored().layout, options.compression)}));
        }
        out.close();
    });
}

void write_enhanced(const Volume& volume, const DicomWriteOptions& options, const SeriesFolder& folder,
                    const Run& run) {
    const dicom::SeriesModule module(volume, options);
    const int slices = volume.geometry.size.z;
    OutputFile out(folder.file("IM0001.dcm"));
    out.write(dicom::file_head(dicom::uid::enhanced_ct_image, module.slice_uid(0),
                               dicom::transfer_syntax_of(options.compression)));
    out.write(module.multi_frame().bytes());
    if (options.compression == DicomCompression::none) {
        const std::size_t frame_bytes = module.stored().layout.bytes();
        const std::size_t bytes = frame_bytes * static_cast<std::size_t>(slices);
        if (bytes > 0xFFFFFFFEu)
            throw Error(ExitCode::usage,
                        "{} bytes of pixels do not fit into one DICOM file: write single frames.", bytes);
        out.write(dicom::native_pixel_head(static_cast<std::uint32_t>(bytes)));
        for (int k = 0; k < slices; ++k) {
            run.progress("writing DICOM", static_cast<double>(k) / slices);
            out.write(stored_slice(volume, module.stored(), k).data(), frame_bytes);
        }
    } else {
        std::vector<std::string> frames(static_cast<std::size_t>(slices));
        for_slices(run, slices, [&](int k) {
            frames[static_cast<std::size_t>(k)] = dicom::compress_frame(
                stored_slice(volume, module.stored(), k), module.stored().layout, options.compression);
        });
        out.write(dicom::encapsulated_pixels(frames));
    }
    out.close();
}

}  // namespace

void write_dicom_series(const Volume& volume, const DicomWriteOptions& options, const fs::path& directory,
                        const Run& run) {
    const std::vector<std::string> broken = check(volume);
    if (!broken.empty())
        throw Error(ExitCode::internal, "A volume that is not consistent cannot be written as DICOM: {}",
                    broken.front());
    SeriesFolder folder(directory);
    if (options.enhanced)
        write_enhanced(volume, options, folder, run);
    else
        write_single_frames(volume, options, folder, run);
    folder.publish();
    run.progress("writing DICOM", 1);
}

}  // namespace ctffr
