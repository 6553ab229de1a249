import { describe, expect, test } from 'vitest';
import { leadsToLogin } from '../../src/http/answers.ts';

const ASKED = 'http://console.example/topic/list.query';
const leads = (location: string) => leadsToLogin(new URL(location, ASKED), ASKED);

describe('a redirect', () => {
  test.each([
    '/login',
    '/login.html?next=x',
    '/loginPage',
    '/userLogin',
    '/log-in',
    '/users/sign_in',
    '/signin',
    '/oauth2/authorize',
    '/auth/realms/x/protocol/openid-connect/auth',
    '/adfs/ls',
    '/saml2/idp',
    '/cdn-cgi/access/login/x',
    'https://sso.example/',
    'https://login.microsoftonline.com/x',
    'https://auth0.example/x',
    'https://authelia.example/?rd=x',
    'https://pool.auth.eu-1.amazoncognito.com/x',
    'https://cas.example/x',
    '/#/login?redirect=x',
  ])('to %s is to a login', (location) => {
    expect(leads(location)).toBe(true);
  });

  test.each([
    'https://mq-processor.example/topic',
    '/authors',
    '/author/7',
    '/lesson',
    '/blogindex',
    '/designing',
    '/espresso',
    '/cascade',
    'https://console.example/topic/list.query',
  ])('to %s is not', (location) => {
    expect(leads(location)).toBe(false);
  });
});
