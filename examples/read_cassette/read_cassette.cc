// A tool of one's own over cassettes: prints who was asked what, and what came back. Links reprise::core alone.
//
//   read_cassette Support/ExplainsCrdts.reprise
#include <reprise/cassette.h>

#include <iostream>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: read_cassette CASSETTE\n";
    return 2;
  }
  const auto reader = reprise::CassetteReader::Open(argv[1]);
  if (!reader.ok()) {
    std::cerr << reader.status() << '\n';
    return reader.status().ExitCode();
  }
  std::cout << (*reader)->head().session << ": " << (*reader)->exchange_count() << " exchanges\n";
  const reprise::Status status = (*reader)->ForEach([](reprise::CassetteReader::Ref, reprise::Exchange&& exchange) {
    std::cout << exchange.model.asked << " asked in " << exchange.request.body.size() << " bytes, answered "
              << exchange.reply.status << " in " << exchange.reply.body.size() << " bytes\n";
    return true;
  });
  if (!status.ok()) std::cerr << status << '\n';
  return status.ExitCode();
}
