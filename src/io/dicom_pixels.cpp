// SPDX-License-Identifier: Apache-2.0
// Stored pixels to Hounsfield units, a batch of slices at a time.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <tuple>

#include <omp.h>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "io/dicom_decode.hpp"
#include "io/dicom_series.hpp"

namespace ctffr::dicom {

namespace {

constexpr std::size_t batch_frames = 32;  // bounds the memory of undecoded and decoded slices
constexpr std::int16_t padding_hu = -1024;

// One stored value as a number: only the stored bits count, the highest is the sign when the pixels are
// signed.
int stored_value(const PixelLayout& layout, unsigned raw) {
    const unsigned mask = (1u << layout.bits_stored) - 1, sign = 1u << (layout.bits_stored - 1);
    const unsigned value = raw & mask;
    return layout.is_signed && (value & sign) ? static_cast<int>(value) - static_cast<int>(mask) - 1
                                              : static_cast<int>(value);
}

std::int16_t clamp_hu(double hu) {
    constexpr double low = std::numeric_limits<std::int16_t>::min(),
                     high = std::numeric_limits<std::int16_t>::max();
    return static_cast<std::int16_t>(std::lround(std::clamp(hu, low, high)));
}

bool is_padding(const ImageFile& file, int value) {
    if (!file.padding) return false;
    const int limit = file.padding_limit.value_or(*file.padding);
    return value >= std::min(*file.padding, limit) && value <= std::max(*file.padding, limit);
}

// The 65536 (or 256) possible raw pixels as HU: one look-up per voxel, and every slice is converted alike.
std::vector<std::int16_t> hu_table(const ImageFile& file, const StackedFrame& frame) {
    std::vector<std::int16_t> table(std::size_t{1} << file.layout.bits_allocated);
    for (std::size_t raw = 0; raw < table.size(); ++raw) {
        const int value = stored_value(file.layout, static_cast<unsigned>(raw));
        table[raw] = is_padding(file, value) ? padding_hu : clamp_hu(frame.slope * value + frame.intercept);
    }
    return table;
}

void convert(const std::vector<std::uint8_t>& pixels, const ImageFile& file,
             const std::vector<std::int16_t>& table, bool big_endian, std::int16_t* hu) {
    const std::size_t count = file.layout.pixels();
    if (file.layout.bits_allocated == 8) {
        for (std::size_t i = 0; i < count; ++i) hu[i] = table[pixels[i]];
        return;
    }
    const std::size_t low = big_endian ? 1 : 0;
    for (std::size_t i = 0; i < count; ++i)
        hu[i] = table[static_cast<unsigned>(pixels[2 * i + low]) |
                      static_cast<unsigned>(pixels[2 * i + 1 - low]) << 8];
}

// JPEG, JPEG-LS and JPEG 2000 streams end with FF D9. The decoders fill up a stream that was cut with
// invented pixels, so a missing end must be seen here. Zeros after the end are padding to an even length.
bool has_end_marker(std::string_view stream) {
    while (!stream.empty() && stream.back() == '\0') stream.remove_suffix(1);
    return stream.ends_with("\xFF\xD9");
}

class PixelReader {
   public:
    PixelReader(const Series& series, const Stack& stack, const Run& run)
        : series_(series), stack_(stack), run_(run) {
        for (std::size_t f = 0; f < series.files.size(); ++f) {
            const ImageFile& file = series.files[f];
            if (!file.header.encapsulated) continue;
            ByteFile bytes(file.path);
            fragments_[f] = find_fragments(bytes, file.header, static_cast<int>(file.frames.size()));
        }
        make_tables();
    }

    void read_batch(std::size_t first, std::size_t count, std::int16_t* hu) {
        const std::size_t slice = series_.first().layout.pixels();
        std::vector<std::vector<std::uint8_t>> pixels(count);
        std::vector<CompressedFrame> compressed;
        std::vector<std::size_t> compressed_at;
        for (std::size_t i = 0; i < count; ++i) {
            const ImageFile& file = file_of(first + i);
            const Coding coding = coding_of(file.header.transfer_syntax);
            if (!file.header.encapsulated || coding == Coding::rle) continue;
            std::string stream = stream_of(first + i);
            if (!has_end_marker(stream)) throw damaged(first + i);
            compressed.push_back({std::move(stream), file.layout, file.header.transfer_syntax});
            compressed_at.push_back(i);
        }
        if (!compressed.empty()) {
            std::vector<std::vector<std::uint8_t>> decoded =
                decode_isolated(compressed, omp_get_max_threads());
            for (std::size_t c = 0; c < decoded.size(); ++c) {
                if (decoded[c].empty()) throw damaged(first + compressed_at[c]);
                pixels[compressed_at[c]] = std::move(decoded[c]);
            }
        }
        parallel_for_uneven(Cpu{run_.profiler}, "dicom pixels", static_cast<Index>(count), 1, [&](Index i) {
            const auto at = static_cast<std::size_t>(i);
            if (pixels[at].empty()) pixels[at] = plain_pixels(first + at);
            const ImageFile& file = file_of(first + at);
            convert(pixels[at], file, *table_of_[first + at],
                    coding_of(file.header.transfer_syntax) == Coding::native_big && !file.header.encapsulated,
                    hu + at * slice);
            pixels[at] = {};
        });
    }

   private:
    const ImageFile& file_of(std::size_t k) const { return series_.files[stack_.frames[k].file]; }

    Error damaged(std::size_t k) const {
        const ImageFile& file = file_of(k);
        return {ExitCode::input_unreadable,
                "The compressed pixels of {} (frame {}, transfer syntax {}) are damaged: export the series "
                "again.",
                file.path.string(), stack_.frames[k].frame + 1, to_utf8(file.header.transfer_syntax, "")};
    }
    Error shortened(std::size_t k) const {
        return {ExitCode::input_truncated, "{} became shorter while it was read.", file_of(k).path.string()};
    }

    // Slices of one series nearly always share one table; positron-style per-slice slopes do not.
    void make_tables() {
        using Key = std::tuple<double, double, int, int, bool, int, int>;
        std::map<Key, std::shared_ptr<const std::vector<std::int16_t>>> made;
        for (const StackedFrame& frame : stack_.frames) {
            const ImageFile& file = series_.files[frame.file];
            const Key key{frame.slope,
                          frame.intercept,
                          file.layout.bits_allocated,
                          file.layout.bits_stored,
                          file.layout.is_signed,
                          file.padding.value_or(1 << 20),
                          file.padding_limit.value_or(1 << 20)};
            auto& table = made[key];
            if (!table) table = std::make_shared<const std::vector<std::int16_t>>(hu_table(file, frame));
            table_of_.push_back(table);
        }
    }

    std::string stream_of(std::size_t k) const {
        const StackedFrame& frame = stack_.frames[k];
        const ByteFile bytes(file_of(k).path);
        std::string stream;
        for (const Fragment& fragment : fragments_.at(frame.file)[static_cast<std::size_t>(frame.frame)]) {
            const std::size_t at = stream.size();
            stream.resize(at + fragment.length);
            if (!bytes.read(fragment.offset,
                            {reinterpret_cast<std::uint8_t*>(stream.data()) + at, fragment.length}))
                throw shortened(k);
        }
        return stream;
    }

    // Pixels of an uncompressed or run-length coded frame.
    std::vector<std::uint8_t> plain_pixels(std::size_t k) const {
        const ImageFile& file = file_of(k);
        std::vector<std::uint8_t> pixels(file.layout.bytes());
        if (file.header.encapsulated) {
            if (coding_of(file.header.transfer_syntax) != Coding::rle ||
                !decode_rle(stream_of(k), file.layout, pixels))
                throw damaged(k);
            return pixels;
        }
        const ByteFile bytes(file.path);
        const std::uint64_t offset = file.header.pixel_offset +
                                     static_cast<std::uint64_t>(stack_.frames[k].frame) * file.layout.bytes();
        if (!bytes.read(offset, pixels)) throw shortened(k);
        return pixels;
    }

    const Series& series_;
    const Stack& stack_;
    const Run& run_;
    std::map<std::size_t, std::vector<std::vector<Fragment>>> fragments_;
    std::vector<std::shared_ptr<const std::vector<std::int16_t>>> table_of_;
};

}  // namespace

void read_pixels(const Series& series, const Stack& stack, std::vector<std::int16_t>& hu, const Run& run) {
    const std::size_t slice = series.first().layout.pixels(), slices = stack.frames.size();
    hu.resize(slice * slices);
    PixelReader reader(series, stack, run);
    for (std::size_t first = 0; first < slices; first += batch_frames) {
        run.progress("reading slices", static_cast<double>(first) / static_cast<double>(slices));
        reader.read_batch(first, std::min(batch_frames, slices - first), hu.data() + first * slice);
    }
}

}  // namespace ctffr::dicom
