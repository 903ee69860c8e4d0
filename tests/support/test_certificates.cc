#include "tests/support/test_certificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace reprise::support {
namespace {

constexpr long kDay = 24L * 3600;

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using Certificate = std::unique_ptr<X509, void (*)(X509*)>;

void Must(bool holds) {
  if (!holds) std::abort();
}

Key MakeKey() { return Key(EVP_EC_gen("P-256"), EVP_PKEY_free); }

void Extend(X509* certificate, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
  Must(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// Signed by `issuer` and its key, or by itself where there is none.
Certificate Make(const std::string& name, const std::string& alternatives, long from, long until, EVP_PKEY* key,
                 X509* issuer, EVP_PKEY* issuer_key) {
  static long serial = 1000;
  Certificate made(X509_new(), X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), from);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), until);
  X509_set_pubkey(made.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509* signer = issuer != nullptr ? issuer : made.get();
  X509_set_issuer_name(made.get(), X509_get_subject_name(signer));
  const bool authority = alternatives.empty();
  Extend(made.get(), signer, NID_basic_constraints, authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (authority) Extend(made.get(), signer, NID_key_usage, "critical,keyCertSign");
  if (!authority) Extend(made.get(), signer, NID_subject_alt_name, alternatives);
  Must(X509_sign(made.get(), issuer_key != nullptr ? issuer_key : key, EVP_sha256()) > 0);
  return made;
}

void WriteCertificate(const std::string& path, X509* certificate) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  Must(file != nullptr && PEM_write_X509(file, certificate) == 1 && std::fclose(file) == 0);
}

void WriteKey(const std::string& path, EVP_PKEY* key) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  Must(file != nullptr && PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
       std::fclose(file) == 0);
}

}  // namespace

TestCertificates::TestCertificates() {
  std::string pattern = (std::filesystem::temp_directory_path() / "reprise-certificates-XXXXXX").string();
  Must(mkdtemp(pattern.data()) != nullptr);
  folder_ = pattern;
  authority_ = folder_ + "/authority.pem";
  const Key authority_key = MakeKey();
  const Certificate authority = Make("reprise test authority", "", -kDay, kDay, authority_key.get(), nullptr, nullptr);
  WriteCertificate(authority_, authority.get());
  const auto leaf = [&](const char* name, const char* alternatives, long from, long until, bool by_itself) {
    const CertificateFiles files{folder_ + "/" + name + ".pem", folder_ + "/" + name + ".key"};
    const Key key = MakeKey();
    const Certificate made = Make(name, alternatives, from, until, key.get(), by_itself ? nullptr : authority.get(),
                                  by_itself ? nullptr : authority_key.get());
    WriteCertificate(files.certificate, made.get());
    WriteKey(files.key, key.get());
    return files;
  };
  constexpr char kHere[] = "DNS:localhost,IP:127.0.0.1";
  good_ = leaf("good", kHere, -kDay, kDay, false);
  expired_ = leaf("expired", kHere, -2 * kDay, -kDay, false);
  other_host_ = leaf("other_host", "DNS:example.org", -kDay, kDay, false);
  self_signed_ = leaf("self_signed", kHere, -kDay, kDay, true);
}

TestCertificates::~TestCertificates() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace reprise::support
