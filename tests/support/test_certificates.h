// Certificates made for a test, in a folder of its own: an authority, and what it signed or did not. PEM files.
#ifndef REPRISE_TESTS_SUPPORT_TEST_CERTIFICATES_H_
#define REPRISE_TESTS_SUPPORT_TEST_CERTIFICATES_H_

#include <string>

namespace reprise::support {

struct CertificateFiles {
  std::string certificate, key;
};

class TestCertificates {
 public:
  TestCertificates();   // makes the folder and all files; aborts when the machine cannot
  ~TestCertificates();  // removes them

  const std::string& authority() const { return authority_; }         // the authority's own certificate
  const CertificateFiles& good() const { return good_; }              // localhost and 127.0.0.1, for a day
  const CertificateFiles& expired() const { return expired_; }        // localhost, until yesterday
  const CertificateFiles& other_host() const { return other_host_; }  // example.org
  const CertificateFiles& self_signed() const { return self_signed_; }

 private:
  std::string folder_, authority_;
  CertificateFiles good_, expired_, other_host_, self_signed_;
};

}  // namespace reprise::support

#endif  // REPRISE_TESTS_SUPPORT_TEST_CERTIFICATES_H_
