// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Device/HostTimes.h"
#include "fourmix/Support/WholeFile.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cmath>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::device;

std::optional<double> HostTimes::find(StringRef work) const {
  auto found = seconds.find(work.str());
  return found == seconds.end() ? std::nullopt : std::optional(found->second);
}

Expected<HostTimes> device::readHostTimes(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!file)
    return createStringError("cannot read '" + path + "': " + file.getError().message());
  HostTimes times;
  for (line_iterator line(**file, /*SkipBlanks=*/true, '#'); !line.is_at_eof(); ++line) {
    auto [word, rest] = line->split(' ');
    rest = rest.trim();
    double seconds = 0;
    if (word == "cpu")
      times.cpu = rest.str();
    else if (!rest.empty() && !word.getAsDouble(seconds) && std::isfinite(seconds) && seconds >= 0)
      times.seconds[rest.str()] = seconds;
    else
      return createStringError(
          formatv("{0}:{1}: expected seconds and what takes them, or cpu and its name, found '{2}'", path,
                  line.line_number(), *line)
              .str());
  }
  return times;
}

Error device::writeHostTimes(StringRef path, const HostTimes &times) {
  Expected<WholeFile> file = WholeFile::create(path);
  if (!file)
    return file.takeError();
  file->os() << "# Seconds that work takes on this host, for fourmix-compile --host-times\n";
  file->os() << "cpu " << times.cpu << '\n';
  for (const auto &[work, seconds] : times.seconds)
    file->os() << formatv("{0:e4} {1}\n", seconds, work);
  return file->keep();
}
