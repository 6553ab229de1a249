/** axios exports this path, but has no types for it. */
declare module 'axios/lib/adapters/http.js' {
  import type { AxiosAdapter } from 'axios';

  const httpAdapter: AxiosAdapter;
  export default httpAdapter;
}
